"""The rows behind a number: the visits or deals a measure is counted from, with what each adds."""

import functools
from typing import Any

from sqlalchemy import Select, func, literal, select

from server.deals.models import Deal
from server.metrics.models import DealFact
from server.metrics.rollups.counting import valid_deal
from server.metrics.rollups.deals import closed_amounts
from server.metrics.rollups.pipeline import lead_amounts, opportunity_amounts, stage_amounts
from server.metrics.rollups.scope import Scope
from server.metrics.rollups.visits import visit_amounts
from shared.metrics.formula import Kind, Measure

VISIT = "visit"
DEAL = "deal"


def rows_behind(measure: Measure, scope: Scope) -> Select[*tuple[Any, ...]] | None:
    """
    Return the rows whose amounts add up to the measure: `kind`, `id`, `rep_id`, `day`,
    `customer_id`, `amount`. Rows that add nothing are left out.

    The rep and the day are those the row counts for. None where the measure is not a sum over
    visits or deals. For a stock the scope begins before all days.
    """  # noqa: D205 - the columns belong to the first sentence
    if measure.kind is Kind.STOCK:
        return _open_deals(measure, scope)
    if measure.kind is not Kind.SUM:
        return None
    of_visits = measure.column in _columns_of_visits()
    return _visits(measure, scope) if of_visits else _deals(measure, scope)


@functools.cache
def _columns_of_visits() -> frozenset[str]:
    _, _, amounts = visit_amounts(Scope.of([]))
    return frozenset(amounts)


def _visits(measure: Measure, scope: Scope) -> Select[*tuple[Any, ...]]:
    visit, joined, amounts = visit_amounts(scope, only=measure.column)
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


def _deals(measure: Measure, scope: Scope) -> Select[*tuple[Any, ...]] | None:
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
            lead_amounts(),
            (Deal.lead_day.is_not(None), *valid_deal()),
        ),
        (
            Deal.id,
            Deal.opportunity_rep_id,
            Deal.opportunity_day,
            Deal.customer_id,
            opportunity_amounts(),
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
