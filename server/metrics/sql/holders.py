"""Whom a question tells of, though it does not ask for all their numbers."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, exists, select

from server.identity.models import User
from server.metrics.models import DailyRollup
from server.metrics.sql.asked import ask
from server.metrics.sql.numbered import ASSIGNED
from server.metrics.sql.periods import Periods, buckets, within
from server.metrics.sql.reach import Reach
from shared.metrics import measures as m
from shared.metrics.formula import Kind, Measure
from shared.time import Period

_OF_OTHER_DAYS = ASSIGNED | {m.RETURNING_OUTLETS}


def is_of_its_days(measure: Measure) -> bool:
    """Return whether whoever has a number of it in a period has a counted day in it."""
    if measure.kind is Kind.DISTINCT:
        return measure not in _OF_OTHER_DAYS
    return measure.kind in {Kind.SUM, Kind.MIN, Kind.MAX}


def reps_with_days(periods: Collection[Period], reach: Reach) -> set[str]:
    """Return the reps who have a counted day in any of these periods."""
    if not periods:
        return set()
    return {rep_id for (rep_id,) in ask(_with_days, None, sorted(periods), reach)}


def _with_days(_: None, periods: Periods, reach: Reach) -> Select[*tuple[Any, ...]]:
    # One day of each rep is looked for; to tell reps apart in all their days takes far longer.
    bucket, row = buckets(periods), DailyRollup.__table__.c
    has_day = exists().where(
        row.rep_id == User.id,
        within(bucket, row.day),
        reach.rows(row.rep_id, row.team_id),
    )
    return select(User.id).select_from(bucket.table).join(User, has_day).distinct()
