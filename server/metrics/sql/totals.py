"""Sums of the daily totals and of costs."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import and_, func, or_, select

from server.metrics.models import Cost, DailyRollup
from server.metrics.sql.reach import BEFORE_ALL, Reach, Sums, buckets, sums_by, within
from server.teams.models import TeamMembership
from shared.metrics.formula import Kind, Measure
from shared.time import Period
from shared.vocabulary import CostCategory

_ROLLUP = DailyRollup.__table__.c


def rollup_sums(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> Sums:
    """Return sums, minima and maxima of the daily totals."""
    bucket = buckets(periods)
    combine: dict[Kind, Any] = {Kind.SUM: func.sum, Kind.MIN: func.min, Kind.MAX: func.max}
    return (
        sums_by(
            bucket,
            reach.group(_ROLLUP.rep_id, _ROLLUP.team_id),
            *(
                combine[measure.kind](_ROLLUP[measure.column]).label(measure.key)
                for measure in measures
            ),
        )
        .join(DailyRollup, within(bucket, _ROLLUP.day))
        .where(reach.rows(_ROLLUP.rep_id, _ROLLUP.team_id))
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
    change = (
        select(
            _ROLLUP.rep_id,
            piece.c.end,
            *(func.sum(_ROLLUP[measure.column]).label(measure.key) for measure in measures),
        )
        .join(DailyRollup, within(piece, _ROLLUP.day))
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


def cost_sums(periods: Sequence[Period], reach: Reach) -> Sums:
    """Return what was spent to win customers."""
    bucket = buckets(periods)
    acquisition = [category for category in CostCategory if category.is_acquisition]
    return (
        sums_by(
            bucket,
            reach.group(Cost.rep_id, Cost.team_id),
            func.sum(Cost.base_amount_minor).label("acquisition_cost"),
        )
        .join(Cost, within(bucket, Cost.day))
        .where(Cost.category.in_(acquisition), reach.rows(Cost.rep_id, Cost.team_id))
    )
