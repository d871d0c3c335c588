"""What is counted once however often it occurs: customers and reps."""

from collections.abc import Sequence

from sqlalchemy import distinct, func, select

from server.identity.models import User
from server.metrics.models import DailyRollup
from server.metrics.sql.reach import (
    Reach,
    Sums,
    buckets,
    holder_column,
    pieces_of,
    sums_by,
    within,
)
from shared.time import Period

_ROLLUP = DailyRollup.__table__.c


def active_rep_counts(periods: Sequence[Period], reach: Reach) -> Sums:
    """Return how many reps with a quota had a visit or a deal event."""
    bucket, piece = buckets(periods), buckets(pieces_of(periods))
    group = reach.group(_ROLLUP.rep_id, _ROLLUP.team_id)
    # Each rep once for each piece of the time; few rows, which then go into several periods.
    active = (
        select(piece.c.start.label("day"), _ROLLUP.rep_id, holder_column(group))
        .join(DailyRollup, within(piece, _ROLLUP.day))
        .where(_ROLLUP.active == 1, reach.rows(_ROLLUP.rep_id, _ROLLUP.team_id))
        .distinct()
        .subquery()
    )
    return (
        sums_by(
            bucket,
            () if reach.by is None else (active.c.holder,),
            func.count(distinct(active.c.rep_id)).label("active_reps"),
        )
        .join(active, within(bucket, active.c.day))
        .join(User, User.id == active.c.rep_id)
        .where(User.quota_carrying)
    )
