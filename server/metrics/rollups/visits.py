"""How visits, and the orders taken in them, are counted."""

from sqlalchemy import CTE, and_, case, distinct, func, or_, select

from server.deals.models import Deal, DealLine
from server.metrics.rollups.counting import count_if, counted_visit, sum_if, won_deal
from server.metrics.rollups.planning import planned_customers
from server.metrics.rollups.scope import Counted, Scope
from server.platform.database import seconds_between
from server.visits.models import Visit
from shared.vocabulary import TimeTrust, Verdict, VisitState

_TEN_O_CLOCK_S = 10 * 3600


def counted_visits(scope: Scope) -> CTE:
    """Return the visits that count: with a check-in, neither deleted nor cancelled."""
    return (
        select(
            Visit.id,
            Visit.rep_id,
            Visit.day,
            Visit.customer_id,
            (Visit.state == VisitState.COMPLETED).label("completed"),
            Visit.started_at,
            Visit.ended_at,
            Visit.started_clock_s,
            Visit.ended_clock_s,
            Visit.duration_s,
            Visit.verdict,
            Visit.time_trust,
            Visit.auto_closed,
            Visit.no_sale_reason,
        )
        .where(*counted_visit(), scope.holds(Visit.rep_id, Visit.day))
        .cte()
    )


def visit_contribution(scope: Scope) -> Counted:
    """Return the totals of the visits of each rep-day."""
    visit = counted_visits(scope)
    order, products = _orders(visit), _products(visit)
    plan = planned_customers(scope)
    productive = order.c.visit_id.is_not(None)
    timed = and_(visit.c.completed, visit.c.duration_s.is_not(None), ~visit.c.auto_closed)
    # Negative where a clock was corrected between check-in and check-out.
    work_s = seconds_between(func.min(visit.c.started_at), func.max(visit.c.ended_at))
    return (
        select(
            visit.c.rep_id,
            visit.c.day,
            func.count().label("calls"),
            count_if(visit.c.completed).label("completed_visits"),
            count_if(productive).label("productive_visits"),
            count_if(and_(productive, visit.c.completed)).label("productive_completed_visits"),
            count_if(plan.c.customer_id.is_not(None)).label("planned_calls"),
            count_if(visit.c.verdict == Verdict.INSIDE).label("inside_calls"),
            count_if(visit.c.verdict == Verdict.OUTSIDE).label("outside_calls"),
            count_if(visit.c.verdict == Verdict.UNCERTAIN).label("uncertain_calls"),
            count_if(
                or_(visit.c.time_trust.is_(None), visit.c.time_trust != TimeTrust.VERIFIED)
            ).label("unverified_time_calls"),
            count_if(and_(visit.c.completed, visit.c.auto_closed)).label("auto_closed_visits"),
            count_if(and_(visit.c.completed, visit.c.no_sale_reason.is_not(None))).label(
                "no_sale_visits"
            ),
            count_if(timed).label("timed_visits"),
            sum_if(timed, visit.c.duration_s).label("time_in_store_s"),
            count_if(and_(timed, productive)).label("productive_timed_visits"),
            sum_if(and_(timed, productive), visit.c.duration_s).label("productive_time_in_store_s"),
            func.coalesce(func.sum(order.c.value_minor), 0).label("visit_sales_minor"),
            func.coalesce(func.sum(products.c.products), 0).label("visit_products"),
            case((func.count() > 0, 1), else_=0).label("days_worked"),
            case((func.max(visit.c.ended_at).is_not(None), 1), else_=0).label("timed_days"),
            case((func.min(visit.c.started_clock_s) < _TEN_O_CLOCK_S, 1), else_=0).label(
                "days_started_by_ten"
            ),
            case((work_s > 0, work_s), else_=0).label("work_s"),
            func.min(visit.c.started_clock_s).label("first_call_clock_s"),
            func.max(visit.c.ended_clock_s).label("last_call_clock_s"),
            case((func.count() > 0, 1), else_=0).label("active"),
        )
        .select_from(visit)
        .outerjoin(order, order.c.visit_id == visit.c.id)
        .outerjoin(products, products.c.visit_id == visit.c.id)
        .outerjoin(
            plan,
            and_(
                plan.c.rep_id == visit.c.rep_id,
                plan.c.day == visit.c.day,
                plan.c.customer_id == visit.c.customer_id,
            ),
        )
        .group_by(visit.c.rep_id, visit.c.day)
    )


def _orders(visit: CTE) -> CTE:
    """Return the value won in each productive visit."""
    return (
        select(Deal.visit_id, func.sum(Deal.base_amount_minor).label("value_minor"))
        .where(Deal.visit_id.in_(select(visit.c.id)), *won_deal())
        .group_by(Deal.visit_id)
        .cte()
    )


def _products(visit: CTE) -> CTE:
    """Return how many different products were ordered in each productive visit."""
    return (
        select(Deal.visit_id, func.count(distinct(DealLine.product_id)).label("products"))
        .join(DealLine, DealLine.deal_id == Deal.id)
        .where(Deal.visit_id.in_(select(visit.c.id)), *won_deal())
        .group_by(Deal.visit_id)
        .cte()
    )
