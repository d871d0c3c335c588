"""Who is counted once however often they occur: reps, by how much of full time they work."""

from collections.abc import Sequence

from sqlalchemy import and_, case, func, or_, select

from server.identity.models import User
from server.metrics.models import DailyRollup
from server.metrics.sql.reach import (
    Reach,
    Sums,
    buckets,
    holder_column,
    pieces_of,
    within,
)
from server.metrics.sql.targets import FULL, working_spans
from server.platform.sql import days_between, larger, smaller
from shared.time import Period

_ROLLUP = DailyRollup.__table__.c


def active_rep_days(periods: Sequence[Period], reach: Reach) -> Sums:
    """Return the percent-days of reps with a quota who had a visit or a deal event.

    Somebody in full time all through a period adds 100 for each of its days; who joins in it or
    works half the time adds less. Who has no working time then has always worked full time.
    """
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
    rep = (
        select(bucket.c.number, bucket.c.start, bucket.c.end, active.c.holder, active.c.rep_id)
        .join(active, within(bucket, active.c.day))
        .join(User, User.id == active.c.rep_id)
        .where(User.quota_carrying)
        .distinct()
        .subquery()
    )
    span = working_spans()
    start = larger(span.c.start_on, rep.c.start)
    end = smaller(func.coalesce(span.c.end_on, rep.c.end), rep.c.end)
    worked = case(
        (span.c.rep_id.is_(None), FULL * days_between(rep.c.start, rep.c.end)),
        else_=span.c.percent * days_between(start, end),
    )
    return (
        select(rep.c.number, rep.c.holder, func.sum(worked).label("percent_days"))
        .outerjoin(
            span,
            and_(
                span.c.rep_id == rep.c.rep_id,
                span.c.start_on < rep.c.end,
                or_(span.c.end_on.is_(None), span.c.end_on > rep.c.start),
            ),
        )
        .group_by(rep.c.number, rep.c.holder)
    )
