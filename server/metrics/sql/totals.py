"""Sums of the daily totals and of costs."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from sqlalchemy import FromClause, and_, func, or_, select

from server.metrics.models import DailyRollup, TeamDayRollup
from server.metrics.rollups.costs import counted_costs
from server.metrics.rollups.scope import EVERYTHING
from server.metrics.sql.reach import BEFORE_ALL, Reach, Sums, buckets, in_pieces, sums_by, within
from server.metrics.sql.teams import group_of, may_hold, rows_of
from server.platform.database import db
from server.teams.models import TeamMembership
from shared.metrics.formula import Kind, Measure
from shared.time import Period
from shared.vocabulary import Role

_ROLLUP = DailyRollup.__table__.c


def rollup_sums(
    measures: Sequence[Measure], pieces: Sequence[Period], reach: Reach
) -> tuple[Sums, Mapping[int, Period]]:
    """Return sums, minima and maxima of the daily totals, and which piece has which number."""
    combine: dict[Kind, Any] = {Kind.SUM: func.sum, Kind.MIN: func.min, Kind.MAX: func.max}
    row = _rows(measures, reach)
    found = in_pieces(row, pieces)
    columns = (
        combine[measure.kind](row.c[measure.column]).label(measure.key) for measure in measures
    )
    return found.sums_by(group_of(reach, row), *columns), found.of_number


def day_sums(
    wanted: Mapping[Measure, Period], reach: Reach
) -> Iterator[tuple[str, dt.date, int, int]]:
    """Yield for each measure and each day of its period: slot, day, and twice its sum."""
    row = _rows(list(wanted), replace(reach, by=None))
    found = db.session.execute(
        select(row.c.day, *(func.sum(row.c[each.column]).label(each.slot) for each in wanted))
        .where(
            row.c.day >= min(period.start for period in wanted.values()),
            row.c.day < max(period.end for period in wanted.values()),
        )
        .group_by(row.c.day)
    )
    for each in found.mappings():
        for measure, period in wanted.items():
            if each[measure.slot] and period.start <= each["day"] < period.end:
                yield measure.slot, each["day"], int(each[measure.slot]), int(each[measure.slot])


def _rows(measures: Sequence[Measure], reach: Reach) -> FromClause:
    columns = [measure.column for measure in measures]
    return rows_of(
        reach, reps=DailyRollup.__table__, teams=TeamDayRollup.__table__, columns=columns
    )


def stock_sums(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> Sums:
    """
    Return what was there at the end of each period: all daily changes up to then.

    The days are read once, cut where a period ends, and the pieces summed up. A rep brings the
    stock along into another team: the team is that of the period's last day.
    """
    bucket = buckets(periods)
    ends = sorted({period.end for period in periods})
    piece = buckets([Period(*days) for days in pairwise([BEFORE_ALL, *ends])])
    if _is_about_all(reach):
        row = _rows(measures, reach)
        change = (
            select(
                piece.c.end,
                *(func.sum(row.c[measure.column]).label(measure.key) for measure in measures),
            )
            .join(row, within(piece, row.c.day))
            .group_by(piece.c.end)
            .subquery()
        )
        return sums_by(
            bucket,
            (),
            *(func.sum(change.c[measure.key]).label(measure.key) for measure in measures),
        ).join(change, change.c.end <= bucket.c.end)
    change = (
        select(
            _ROLLUP.rep_id,
            piece.c.end,
            *(func.sum(_ROLLUP[measure.column]).label(measure.key) for measure in measures),
        )
        .join(DailyRollup, within(piece, _ROLLUP.day))
        .where(may_hold(reach, _ROLLUP.rep_id))
        .group_by(_ROLLUP.rep_id, piece.c.end)
        .subquery()
    )
    return (
        sums_by(
            bucket,
            reach.group(change.c.rep_id, TeamMembership.team_id),
            *(func.sum(change.c[measure.key]).label(measure.key) for measure in measures),
        )
        .join(change, change.c.end <= bucket.c.end)
        .outerjoin(
            TeamMembership,
            and_(
                TeamMembership.user_id == change.c.rep_id,
                TeamMembership.start_on < bucket.c.end,
                or_(TeamMembership.end_on.is_(None), TeamMembership.end_on >= bucket.c.end),
            ),
        )
        .where(reach.rows(change.c.rep_id, TeamMembership.team_id))
    )


def _is_about_all(reach: Reach) -> bool:
    """Whether it does not matter to whom or to which team anything belongs."""
    is_everybody = reach.access.role is Role.ADMIN and not reach.names_reps
    return is_everybody and reach.team_ids is None and reach.by is None


def cost_sums(periods: Sequence[Period], reach: Reach) -> Sums:
    """Return what was spent to win customers."""
    bucket, row = buckets(periods), counted_costs(EVERYTHING).subquery()
    return (
        sums_by(
            bucket,
            reach.group(row.c.rep_id, row.c.team_id),
            func.sum(row.c.acquisition_cost_minor).label("acquisition_cost"),
            func.sum(row.c.costs_without_rate).label("costs_without_rate"),
        )
        .join(row, within(bucket, row.c.day))
        .where(reach.rows(row.c.rep_id, row.c.team_id))
    )
