"""Sums of the daily totals and of costs."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import FromClause, and_, func, or_, select

from server.metrics.models import DailyRollup, TeamDayRollup
from server.metrics.rollups.costs import counted_costs
from server.metrics.rollups.scope import EVERYTHING
from server.metrics.sql.periods import Periods, buckets, in_pieces, in_stretches, sums_by, within
from server.metrics.sql.reach import Reach, Sums
from server.metrics.sql.teams import group_of, may_hold, rows_of
from server.platform.database import db
from server.teams.models import TeamMembership
from shared.metrics.formula import Kind, Measure
from shared.time import Period
from shared.vocabulary import Role

_ROLLUP = DailyRollup.__table__.c


def rollup_sums(measures: Sequence[Measure], pieces: Periods, reach: Reach) -> Sums:
    """Return sums, minima and maxima of the daily totals in pieces of time."""
    combine: dict[Kind, Any] = {Kind.SUM: func.sum, Kind.MIN: func.min, Kind.MAX: func.max}
    row = _rows(measures, reach)
    columns = (
        combine[measure.kind](row.c[measure.column]).label(measure.key) for measure in measures
    )
    return in_pieces(row, pieces).sums_by(group_of(reach, row), *columns)


def day_sums(
    wanted: Mapping[Measure, Period], counts: Mapping[Measure, Measure], reach: Reach
) -> Iterator[tuple[str, dt.date, int, int]]:
    """Yield for each measure and each day of its period: slot, day, how many rows, their sum.

    :param counts: for each measure the one that says how many rows are behind it
    """
    measures = dict.fromkeys([*wanted, *counts.values()])
    row = _rows(list(measures), replace(reach, by=None))
    found = db.session.execute(
        select(row.c.day, *(func.sum(row.c[each.column]).label(each.slot) for each in measures))
        .where(
            row.c.day >= min(period.start for period in wanted.values()),
            row.c.day < max(period.end for period in wanted.values()),
        )
        .group_by(row.c.day)
    )
    for each in found.mappings():
        for measure, period in wanted.items():
            rows = int(each[counts[measure].slot])
            if rows and period.start <= each["day"] < period.end:
                yield measure.slot, each["day"], rows, int(each[measure.slot])


def _rows(measures: Sequence[Measure], reach: Reach) -> FromClause:
    columns = [measure.column for measure in measures]
    return rows_of(
        reach, reps=DailyRollup.__table__, teams=TeamDayRollup.__table__, columns=columns
    )


def stock_sums(measures: Sequence[Measure], periods: Periods, reach: Reach) -> Sums:
    """
    Return what was there at the end of each period: all daily changes up to then.

    The days are read once, cut where a period ends, and the pieces summed up. A rep brings the
    stock along into another team: the team is that of the period's last day.
    """
    bucket = buckets(periods)
    if _is_about_all(reach):
        row = _rows(measures, reach)
        found = in_stretches(row, bucket)
        change = (
            select(
                found.stretch.label("stretch"),
                *(func.sum(row.c[measure.column]).label(measure.key) for measure in measures),
            )
            .select_from(found.rows)
            .where(found.condition)
            .group_by(found.stretch)
            .subquery()
        )
        return sums_by(
            bucket,
            (),
            *(func.sum(change.c[measure.key]).label(measure.key) for measure in measures),
        ).join(change, found.are_before(change.c.stretch))
    found = in_stretches(DailyRollup.__table__, bucket)
    change = (
        select(
            _ROLLUP.rep_id,
            found.stretch.label("stretch"),
            *(func.sum(_ROLLUP[measure.column]).label(measure.key) for measure in measures),
        )
        .select_from(found.rows)
        .where(found.condition, may_hold(reach, _ROLLUP.rep_id))
        .group_by(_ROLLUP.rep_id, found.stretch)
        .subquery()
    )
    return (
        sums_by(
            bucket,
            reach.group(change.c.rep_id, TeamMembership.team_id),
            *(func.sum(change.c[measure.key]).label(measure.key) for measure in measures),
        )
        .join(change, found.are_before(change.c.stretch))
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


def cost_sums(measures: Sequence[Measure], periods: Periods, reach: Reach) -> Sums:
    """Return what was spent to win customers."""
    bucket, row = buckets(periods), counted_costs(EVERYTHING).subquery()
    return (
        sums_by(
            bucket,
            reach.group(row.c.rep_id, row.c.team_id),
            *(func.sum(row.c[measure.column]).label(measure.key) for measure in measures),
        )
        .join(row, within(bucket, row.c.day))
        .where(reach.rows(row.c.rep_id, row.c.team_id))
    )
