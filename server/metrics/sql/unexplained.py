"""On which days somebody sold nothing and gave no reason."""

from typing import Any

from sqlalchemy import ColumnElement, select, tuple_, union

from server.metrics.models import DailyRollup, StaleDay
from shared.time import Period


def may_lack_reasons(rep_id: Any, day: Any, period: Period) -> ColumnElement[bool]:
    """
    Return the condition that a rep-day of the period has visits with neither order nor reason.

    Its totals tell, by an index of the few days that have any, unless it is being counted again.
    """
    total, stale = DailyRollup.__table__.c, StaleDay
    rep_days = union(
        select(total.rep_id, total.day).where(
            total.unproductive_completed_visits > total.no_sale_visits,
            total.day >= period.start,
            total.day < period.end,
        ),
        select(stale.rep_id, stale.day).where(stale.day >= period.start, stale.day < period.end),
    )
    return tuple_(rep_id, day).in_(rep_days)
