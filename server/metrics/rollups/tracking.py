"""How working days are counted."""

from sqlalchemy import literal, select

from server.metrics.rollups.scope import Counted, Scope
from server.tracking.models import WorkDay


def work_day_contribution(scope: Scope) -> Counted:
    """Return the rep-days that were started, whether or not a visit followed."""
    return (
        select(WorkDay.rep_id, WorkDay.day, literal(1).label("days_worked"))
        .where(scope.holds(WorkDay.rep_id, WorkDay.day))
        .distinct()
    )
