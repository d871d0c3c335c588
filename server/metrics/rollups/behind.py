"""
The rows behind a number: what a measure is counted from, with what each adds.

Visits, deals, planned stops, expenses, costs; and whole days of a rep for what is worked out once a
day.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select, cast, func, literal, null, select

from server.deals.models import Deal
from server.metrics.models import DealFact
from server.metrics.rollups.costs import counted_costs
from server.metrics.rollups.counting import valid_deal
from server.metrics.rollups.deals import closed_amounts
from server.metrics.rollups.expenses import counted_expenses
from server.metrics.rollups.pipeline import (
    Within,
    lead_amounts,
    opportunity_amounts,
    stage_amounts,
)
from server.metrics.rollups.planning import cancelled_stops, planned_customers, planned_stops
from server.metrics.rollups.route import route_contribution
from server.metrics.rollups.scope import Counted, Scope
from server.metrics.rollups.travel import travel_contribution
from server.metrics.rollups.visits import counted_visits, visit_amounts
from server.platform.database import Id
from shared.metrics import measures as m
from shared.metrics.formula import Kind, Measure, Unit, Window

VISIT = "visit"
DEAL = "deal"
STOP = "stop"
EXPENSE = "expense"
COST = "cost"
DAY = "day"
"""A rep's day: its id is that of the rep."""

_SEVERAL = {m.VISIT_PRODUCTS.column, m.VISIT_ORDERS_WITHOUT_RATE.column}
"""Of a visit may count several."""
_COUNTED_BY: Mapping[Measure, Measure] = {
    m.REVENUE: m.VALUED_WON_DEALS,
    **{each: each for each in (m.WON_DEALS, m.VALUED_WON_DEALS, m.WON_OPPORTUNITIES)},
    **{each: each for each in (m.LOST_OPPORTUNITIES, m.WON_WITHOUT_RATE)},
}
"""Of closed deals: their days are counted from the very rows that are shown."""
_COUNTINGS: Mapping[str, tuple[Callable[[Scope], Counted], ...]] = {
    EXPENSE: (counted_expenses,),
    COST: (counted_costs,),
    DAY: (route_contribution, travel_contribution),
    STOP: (planned_stops, cancelled_stops),
}


def rows_behind(
    measure: Measure, scope: Scope, within: Within | None = None
) -> Select[*tuple[Any, ...]] | None:
    """
    Return the rows whose amounts add up to the measure: `kind`, `id`, `rep_id`, `day`,
    `customer_id`, `amount`. Rows that add nothing are left out.

    The rep and the day are those the row counts for. None where the measure is not a sum of
    rows. For a stock the scope begins before all days. A cost may have no rep, and has a `team_id`.
    """  # noqa: D205 - the columns belong to the first sentence
    if measure.kind is Kind.STOCK:
        return _open_deals(measure, scope)
    if measure.kind not in {Kind.SUM, Kind.COST}:
        return None
    if measure.column in _columns_of_visits():
        return _visits(measure, scope)
    for kind, countings in _COUNTINGS.items():
        for count in countings:
            if measure.column in _columns(count):
                return _rows(kind, count(scope), measure)
    return _deals(measure, scope, within)


def counted_by(measure: Measure) -> Measure | None:
    """Return the measure that says how many rows are behind one; None where no total of days does.

    It is the measure itself where each row adds one.
    """
    if measure.kind is not Kind.SUM:
        return None
    of_closed = _COUNTED_BY.get(measure.over(Window.PERIOD))
    if of_closed is not None or measure.unit is not Unit.COUNT:
        return of_closed and of_closed.over(measure.window)
    of_stops = [name for count in _COUNTINGS[STOP] for name in _columns(count)]
    return measure if measure.column in {*_columns_of_visits(), *of_stops} - _SEVERAL else None


def _rows(kind: str, counted: Counted, measure: Measure) -> Select[*tuple[Any, ...]]:
    """Return the rows of a counting as rows behind the measure; a day's id is that of its rep."""
    row = counted.subquery().c
    return select(
        literal(kind).label("kind"),
        row.rep_id.label("id") if kind == DAY else row.id,
        row.rep_id,
        row.day,
        row.customer_id if "customer_id" in row else cast(null(), Id()).label("customer_id"),
        row[measure.column].label("amount"),
        *([row.team_id] if "team_id" in row else []),
    ).where(row[measure.column] != 0)


@functools.cache
def _columns(count: Callable[[Scope], Counted]) -> frozenset[str]:
    return frozenset(count(Scope.of([])).selected_columns.keys())


@functools.cache
def _columns_of_visits() -> frozenset[str]:
    scope = Scope.of([])
    _, amounts = visit_amounts(scope, counted_visits(scope), planned_customers(scope))
    return frozenset(amounts)


def _visits(measure: Measure, scope: Scope) -> Select[*tuple[Any, ...]]:
    visit, plan = counted_visits(scope), planned_customers(scope)
    joined, amounts = visit_amounts(scope, visit, plan, only=measure.column)
    amount = amounts[measure.column]
    return (
        select(
            literal(VISIT).label("kind"),
            visit.c.id,
            visit.c.rep_id,
            visit.c.day,
            visit.c.customer_id,
            amount.label("amount"),
        )
        .select_from(joined)
        .where(amount != 0)
    )


def _deals(
    measure: Measure, scope: Scope, within: Within | None
) -> Select[*tuple[Any, ...]] | None:
    for id_, rep_id, day, customer_id, amounts, counts in (
        (
            DealFact.deal_id,
            DealFact.rep_id,
            DealFact.day,
            DealFact.customer_id,
            closed_amounts(),
            (),
        ),
        (
            Deal.id,
            Deal.lead_rep_id,
            Deal.lead_day,
            Deal.customer_id,
            lead_amounts(within),
            (Deal.lead_day.is_not(None), *valid_deal()),
        ),
        (
            Deal.id,
            Deal.opportunity_rep_id,
            Deal.opportunity_day,
            Deal.customer_id,
            opportunity_amounts(within),
            (Deal.opportunity_day.is_not(None), *valid_deal()),
        ),
    ):
        if measure.column in amounts:
            amount = amounts[measure.column]
            return select(
                literal(DEAL).label("kind"),
                id_.label("id"),
                rep_id.label("rep_id"),
                day.label("day"),
                customer_id.label("customer_id"),
                amount.label("amount"),
            ).where(*counts, amount != 0, scope.holds(rep_id, day))
    return None


def _open_deals(measure: Measure, scope: Scope) -> Select[*tuple[Any, ...]]:
    step, amounts = stage_amounts(scope)
    total = func.sum(amounts[measure.column])
    deal = (
        select(
            step.c.deal_id,
            step.c.rep_id,
            func.max(step.c.day).label("day"),
            total.label("amount"),
        )
        .where(scope.holds(step.c.rep_id, step.c.day))
        .group_by(step.c.deal_id, step.c.rep_id)
        .having(total != 0)
        .subquery()
    )
    return select(
        literal(DEAL).label("kind"),
        deal.c.deal_id.label("id"),
        deal.c.rep_id,
        deal.c.day,
        Deal.customer_id,
        deal.c.amount,
    ).join(Deal, Deal.id == deal.c.deal_id)
