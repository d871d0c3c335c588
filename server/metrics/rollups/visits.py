"""How visits, and the orders taken in them, are counted."""

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnClause,
    ColumnElement,
    FromClause,
    and_,
    distinct,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.sql.visitors import iterate

from server.deals.models import Deal, DealLine
from server.metrics.models import CLASS_MEASURES, AdvanceFact, ClassDayRollup
from server.metrics.rollups.counting import (
    Amounts,
    count_if,
    counted_visit,
    one_if,
    value_if,
    with_each,
    won_deal,
)
from server.metrics.rollups.scope import Counted, Scope
from server.platform.database import seconds_between
from server.visits.models import Visit
from shared.vocabulary import NoSaleReason, TimeTrust, Verdict, VisitState

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


def visit_amounts(
    scope: Scope, visit: CTE, plan: CTE, only: str | None = None
) -> tuple[FromClause, Amounts]:
    """
    Return what the visits are joined with, and what each adds to each measure.

    :param visit: the visits that count
    :param plan: the customers planned
    :param only: the one measure that is asked for; nothing is joined that it does not need
    """
    won = _won_deals(scope, visit)
    order, products = _orders(won), _products(scope, won)
    advanced = _advanced(scope)
    productive = order.c.visit_id.is_not(None)
    timed = and_(visit.c.completed, visit.c.duration_s.is_not(None), ~visit.c.auto_closed)
    # A reason that was given before an order was taken after all explains nothing.
    unproductive = and_(visit.c.completed, ~productive)
    amounts = {
        "calls": literal(1),
        "completed_visits": one_if(visit.c.completed),
        "productive_visits": one_if(productive),
        "productive_completed_visits": one_if(and_(productive, visit.c.completed)),
        "planned_calls": one_if(plan.c.customer_id.is_not(None)),
        "inside_calls": one_if(visit.c.verdict == Verdict.INSIDE),
        "outside_calls": one_if(visit.c.verdict == Verdict.OUTSIDE),
        "uncertain_calls": one_if(visit.c.verdict == Verdict.UNCERTAIN),
        "unverified_time_calls": one_if(
            or_(visit.c.time_trust.is_(None), visit.c.time_trust != TimeTrust.VERIFIED)
        ),
        "auto_closed_visits": one_if(and_(visit.c.completed, visit.c.auto_closed)),
        "no_sale_visits": one_if(and_(unproductive, visit.c.no_sale_reason.is_not(None))),
        "unproductive_completed_visits": one_if(unproductive),
        **{
            f"no_sale_{reason}": one_if(and_(unproductive, visit.c.no_sale_reason == reason))
            for reason in NoSaleReason
        },
        "advancing_calls": one_if(advanced.c.visit_id.is_not(None)),
        "timed_visits": one_if(timed),
        "time_in_store_s": value_if(timed, visit.c.duration_s),
        "productive_timed_visits": one_if(and_(timed, productive)),
        "productive_time_in_store_s": value_if(and_(timed, productive), visit.c.duration_s),
        "visit_sales_minor": func.coalesce(order.c.value_minor, 0),
        "visit_orders_without_rate": func.coalesce(order.c.waiting, 0),
        "visit_products": func.coalesce(products.c.products, 0),
    }
    used = _tables_in(amounts[only]) if only else None
    joined: FromClause = visit
    for part, condition in (
        (order, order.c.visit_id == visit.c.id),
        (advanced, advanced.c.visit_id == visit.c.id),
        (products, products.c.visit_id == visit.c.id),
        (
            plan,
            and_(
                plan.c.rep_id == visit.c.rep_id,
                plan.c.day == visit.c.day,
                plan.c.customer_id == visit.c.customer_id,
            ),
        ),
    ):
        if used is None or part in used:
            joined = joined.outerjoin(part, condition)
    return joined, amounts


def _tables_in(amount: ColumnElement[Any]) -> set[FromClause]:
    columns = (part for part in iterate(amount) if isinstance(part, ColumnClause))
    return {column.table for column in columns if column.table is not None}


def visit_contribution(scope: Scope) -> Counted:
    """Return the totals of each rep-day's visits and plan, put together from the classes."""
    part = ClassDayRollup.__table__.c
    # Negative where a clock was corrected between check-in and check-out.
    work_s = seconds_between(func.min(part.first_started_at), func.max(part.last_ended_at))
    worked = one_if(func.sum(part.calls) > 0)
    return (
        select(
            part.rep_id,
            part.day,
            *(func.sum(part[each.column]).label(each.column) for each in CLASS_MEASURES),
            worked.label("days_worked"),
            one_if(func.max(part.last_ended_at).is_not(None)).label("timed_days"),
            one_if(func.min(part.first_clock_s) < _TEN_O_CLOCK_S).label("days_started_by_ten"),
            value_if(work_s > 0, work_s).label("work_s"),
            func.min(part.first_clock_s).label("first_call_clock_s"),
            func.max(part.last_clock_s).label("last_call_clock_s"),
            worked.label("active"),
        )
        .where(scope.holds(part.rep_id, part.day))
        .group_by(part.rep_id, part.day)
    )


def _won_deals(scope: Scope, visit: CTE) -> CTE:
    """Return the deals won in the visits."""
    joined, deal = with_each(scope, visit, Deal, lambda deal: deal.visit_id == visit.c.id)
    return (
        select(deal.id, deal.visit_id, deal.base_amount_minor, deal.waits_for_rate)
        .select_from(joined)
        .where(*won_deal(deal))
        .cte()
    )


def _orders(won: CTE) -> CTE:
    """Return the value won in each productive visit, and the orders that wait for a rate."""
    value = func.sum(won.c.base_amount_minor).label("value_minor")
    waiting = count_if(won.c.waits_for_rate).label("waiting")
    return select(won.c.visit_id, value, waiting).group_by(won.c.visit_id).cte()


def _advanced(scope: Scope) -> CTE:
    """Return the visits after which a deal of the customer moved forward."""
    return (
        select(AdvanceFact.visit_id)
        .where(scope.holds(AdvanceFact.rep_id, AdvanceFact.day))
        .distinct()
        .cte()
    )


def _products(scope: Scope, won: CTE) -> CTE:
    """Return how many different products were ordered in each productive visit."""
    joined, line = with_each(scope, won, DealLine, lambda line: line.deal_id == won.c.id)
    return (
        select(won.c.visit_id, func.count(distinct(line.product_id)).label("products"))
        .select_from(joined)
        .group_by(won.c.visit_id)
        .cte()
    )
