"""What is counted once however often it occurs: customers and reps."""

from collections.abc import Sequence

from sqlalchemy import distinct, func

from server.identity.models import User
from server.metrics.models import DailyRollup
from server.metrics.sql.reach import Reach, Sums, buckets, sums_by, within
from shared.time import Period

_ROLLUP = DailyRollup.__table__.c


def active_rep_counts(periods: Sequence[Period], reach: Reach) -> Sums:
    """Return how many reps with a quota had a visit or a deal event."""
    bucket = buckets(periods)
    return (
        sums_by(
            bucket,
            reach.group(_ROLLUP.rep_id, _ROLLUP.team_id),
            func.count(distinct(_ROLLUP.rep_id)).label("active_reps"),
        )
        .join(DailyRollup, within(bucket, _ROLLUP.day))
        .join(User, User.id == _ROLLUP.rep_id)
        .where(
            _ROLLUP.active == 1,
            User.quota_carrying,
            reach.rows(_ROLLUP.rep_id, _ROLLUP.team_id),
        )
    )
