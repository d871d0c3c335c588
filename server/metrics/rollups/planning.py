"""How the journey plan, and what became of it, is counted."""

from sqlalchemy import CTE, FromClause, and_, func, literal, select

from server.metrics.rollups.counting import one_if
from server.metrics.rollups.scope import Counted, Scope
from server.metrics.rollups.visits import counted_visits
from server.planning.models import JourneyStop
from shared.vocabulary import StopState


def planned_customers(scope: Scope) -> CTE:
    """Return the customers planned for each rep-day, each once; cancelled stops are no plan."""
    return (
        select(JourneyStop.rep_id, JourneyStop.day, JourneyStop.customer_id)
        .where(
            JourneyStop.state == StopState.PLANNED,
            JourneyStop.deleted_at.is_(None),
            scope.holds(JourneyStop.rep_id, JourneyStop.day),
        )
        .distinct()
        .cte()
    )


def plan_rows(visit: CTE, plan: FromClause) -> Counted:
    """Return the customers planned for each rep-day, and whether they were visited."""
    visited = select(visit.c.rep_id, visit.c.day, visit.c.customer_id).distinct().cte()
    return (
        select(
            plan.c.rep_id,
            plan.c.day,
            plan.c.customer_id,
            literal(1).label("planned_customers"),
            one_if(visited.c.customer_id.is_not(None)).label("planned_customers_visited"),
        )
        .select_from(plan)
        .outerjoin(
            visited,
            and_(
                visited.c.rep_id == plan.c.rep_id,
                visited.c.day == plan.c.day,
                visited.c.customer_id == plan.c.customer_id,
            ),
        )
    )


def planned_stops(scope: Scope) -> Counted:
    """Return the same with the first stop of each customer, for who wants to open it."""
    place = func.row_number().over(
        partition_by=(JourneyStop.rep_id, JourneyStop.day, JourneyStop.customer_id),
        order_by=JourneyStop.id,
    )
    stop = (
        select(
            JourneyStop.id,
            JourneyStop.rep_id,
            JourneyStop.day,
            JourneyStop.customer_id,
            place.label("place"),
        )
        .where(
            JourneyStop.state == StopState.PLANNED,
            JourneyStop.deleted_at.is_(None),
            scope.holds(JourneyStop.rep_id, JourneyStop.day),
        )
        .subquery()
    )
    rows = plan_rows(counted_visits(scope), stop)
    return rows.add_columns(stop.c.id).where(stop.c.place == 1)


def cancelled_stops(scope: Scope) -> Counted:
    """Return the stops of each rep-day that were cancelled."""
    return select(
        JourneyStop.id,
        JourneyStop.rep_id,
        JourneyStop.day,
        JourneyStop.customer_id,
        literal(1).label("cancelled_stops"),
    ).where(
        JourneyStop.state == StopState.CANCELLED,
        JourneyStop.deleted_at.is_(None),
        scope.holds(JourneyStop.rep_id, JourneyStop.day),
    )
