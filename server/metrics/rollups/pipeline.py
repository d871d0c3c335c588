"""How leads, opportunities and the open pipeline are counted."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Subquery,
    and_,
    func,
    join,
    literal,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from server.deals.models import Deal, PastStageProbability, Stage, StageChange, weighted_minor
from server.metrics.rollups.counting import Amounts, one_if, valid_deal, value_if, with_each
from server.metrics.rollups.scope import Counted, Scope
from server.platform.sql import days_between
from shared.metrics.measures import LEAD_WITHIN_DAYS
from shared.vocabulary import StageKind


@dataclass(frozen=True)
class Within:
    """Only what becomes of a lead or an opportunity in its first days."""

    days: int
    today: dt.date

    def decided(self, begun: Any, ended: Any) -> ColumnElement[bool]:
        """Return whether it took no longer from the first to the second day."""
        return days_between(begun, ended) <= self.days

    def open(self, begun: Any) -> ColumnElement[bool]:
        """Return whether those days are not over yet."""
        return days_between(begun, literal(self.today)) < self.days


def lead_amounts(within: Within | None = None) -> Amounts:
    """Return what each deal that was a lead adds to each measure, up to now."""
    became: list[ColumnElement[bool]] = [Deal.opportunity_day.is_not(None)]
    won: list[ColumnElement[bool]] = [Deal.kind == StageKind.WON]
    undecided = [Deal.kind == StageKind.LEAD, Deal.opportunity_day.is_(None)]
    is_open: list[ColumnElement[bool]] = [Deal.kind.in_((StageKind.LEAD, StageKind.OPEN))]
    if within is not None:
        became.append(within.decided(Deal.lead_day, Deal.opportunity_day))
        won.append(within.decided(Deal.lead_day, Deal.closed_day))
        undecided.append(within.open(Deal.lead_day))
        is_open.append(within.open(Deal.lead_day))
    return {
        "leads": literal(1),
        "leads_to_opportunities": one_if(and_(*became)),
        "leads_to_opportunities_30d": one_if(
            days_between(Deal.lead_day, Deal.opportunity_day) <= LEAD_WITHIN_DAYS
        ),
        "leads_won": one_if(and_(*won)),
        "leads_undecided": one_if(and_(*undecided)),
        "leads_open": one_if(and_(*is_open)),
    }


def lead_contribution(scope: Scope) -> Counted:
    """Return the leads of each rep-day, and what has become of them up to now."""
    return (
        select(
            Deal.lead_rep_id.label("rep_id"),
            Deal.lead_day.label("day"),
            *(func.sum(amount).label(name) for name, amount in lead_amounts().items()),
        )
        .where(
            Deal.lead_day.is_not(None), *valid_deal(), scope.holds(Deal.lead_rep_id, Deal.lead_day)
        )
        .group_by(Deal.lead_rep_id, Deal.lead_day)
    )


def opportunity_amounts(within: Within | None = None) -> Amounts:
    """Return what each deal that was an opportunity adds to each measure, up to now."""
    won: list[ColumnElement[bool]] = [Deal.kind == StageKind.WON]
    undecided: list[ColumnElement[bool]] = [Deal.kind.in_((StageKind.LEAD, StageKind.OPEN))]
    if within is not None:
        won.append(within.decided(Deal.opportunity_day, Deal.closed_day))
        undecided.append(within.open(Deal.opportunity_day))
    return {
        "opportunities": literal(1),
        "opportunities_value_minor": func.coalesce(Deal.base_amount_minor, 0),
        "opportunities_without_rate": one_if(Deal.waits_for_rate),
        "opportunities_won": one_if(and_(*won)),
        "opportunities_undecided": one_if(and_(*undecided)),
    }


def opportunity_contribution(scope: Scope) -> Counted:
    """Return the opportunities that began on each rep-day, and what has become of them."""
    return (
        select(
            Deal.opportunity_rep_id.label("rep_id"),
            Deal.opportunity_day.label("day"),
            *(func.sum(amount).label(name) for name, amount in opportunity_amounts().items()),
        )
        .where(
            Deal.opportunity_day.is_not(None),
            *valid_deal(),
            scope.holds(Deal.opportunity_rep_id, Deal.opportunity_day),
        )
        .group_by(Deal.opportunity_rep_id, Deal.opportunity_day)
    )


def stage_contribution(scope: Scope) -> Counted:
    """
    Return by how much the open pipeline of each rep changed on each day.

    A deal stays with the rep who made its last move until it is moved again.
    """
    step, amounts = stage_amounts(scope)
    return (
        select(
            step.c.rep_id,
            step.c.day,
            *(func.sum(amount).label(name) for name, amount in amounts.items()),
            func.max(one_if(step.c.sign > 0)).label("active"),
        )
        .where(scope.holds(step.c.rep_id, step.c.day))
        .group_by(step.c.rep_id, step.c.day)
    )


def stage_amounts(scope: Scope, *, with_deals: bool = False) -> tuple[Subquery, Amounts]:
    """Return the steps of deals into and out of stages, and what each adds to each measure.

    :param with_deals: with `source`, `customer_id` and `begun_on`, the first day, of their deals
    """
    step = _steps(_moves(scope, with_deals=with_deals), _OF_DEALS if with_deals else ())
    is_lead, is_open = step.c.kind == StageKind.LEAD, step.c.kind == StageKind.OPEN
    value = step.c.sign * step.c.value_minor
    # Whole minor units: what is put in is taken out again to the last digit.
    weighted = step.c.sign * weighted_minor(step.c.value_minor, step.c.percent)
    return step, {
        "open_leads": value_if(is_lead, step.c.sign),
        "open_leads_value_minor": value_if(is_lead, value),
        "open_opportunities": value_if(is_open, step.c.sign),
        "open_opportunities_value_minor": value_if(is_open, value),
        "weighted_pipeline_minor": value_if(is_open, weighted),
        "open_deals_without_rate": value_if(
            and_(step.c.waits == 1, or_(is_lead, is_open)), step.c.sign
        ),
    }


_OF_DEALS = ("source", "customer_id", "begun_on")


def _steps(move: CTE, more: Sequence[str]) -> Subquery:
    """Return two steps for each move: into the new stage, and out of the one before."""
    into = select(
        move.c.deal_id,
        move.c.rep_id,
        move.c.day,
        move.c.kind,
        move.c.percent,
        move.c.value_minor,
        move.c.waits,
        literal(1).label("sign"),
        *(move.c[name] for name in more),
    )
    out_of = select(
        move.c.deal_id,
        move.c.rep_before,
        move.c.day,
        move.c.kind_before,
        move.c.percent_before,
        move.c.value_minor,
        move.c.waits,
        literal(-1),
        *(move.c[name] for name in more),
    ).where(move.c.rep_before.is_not(None))
    return union_all(into, out_of).subquery()


def _moves(scope: Scope, *, with_deals: bool) -> CTE:
    """Return the moves of the deals concerned, each with the stage and the rep before it."""
    joined, change, deal = _changes(scope)

    def before(column: Any) -> ColumnElement[Any]:
        return func.lag(column).over(partition_by=change.deal_id, order_by=(change.at, change.id))

    # As it was when the deal came into the stage: a probability set later moves no past pipeline.
    past = PastStageProbability
    percent = past.percent_then()
    begun_on = func.coalesce(deal.lead_day, deal.opportunity_day, deal.closed_day)
    of_deal = (deal.source, deal.customer_id, begun_on.label("begun_on")) if with_deals else ()
    return (
        select(
            change.deal_id,
            change.rep_id,
            change.day,
            Stage.kind,
            percent.label("percent"),
            before(change.rep_id).label("rep_before"),
            before(Stage.kind).label("kind_before"),
            before(percent).label("percent_before"),
            deal.base_amount_minor.label("value_minor"),
            one_if(deal.waits_for_rate).label("waits"),
            *of_deal,
        )
        .select_from(joined)
        .join(Stage, Stage.key == change.to_stage)
        .outerjoin(past, past.covers(change.to_stage, change.day))
        .where(*valid_deal(deal))
        .cte()
    )


def _changes(scope: Scope) -> tuple[FromClause, Any, Any]:
    """Return all changes of stage of the deals concerned: the rows, a change and its deal."""
    if scope.is_everything:
        return join(StageChange, Deal, Deal.id == StageChange.deal_id), StageChange, Deal
    moved = _moved_deals(scope)
    joined, deal = with_each(scope, moved, Deal, lambda deal: deal.id == moved.c.deal_id)
    names = (
        *("id", "base_amount_minor", "waits_for_rate", "voided_at", "deleted_at"),
        *("source", "customer_id", "lead_day", "opportunity_day", "closed_day"),
    )
    deals = select(*(getattr(deal, name) for name in names)).select_from(joined).cte()
    joined, change = with_each(
        scope, deals, StageChange, lambda change: change.deal_id == deals.c.id
    )
    return joined, change, deals.c


def _moved_deals(scope: Scope) -> CTE:
    """Return the deals that a rep of these rep-days moved, or handed over, on the day."""
    moved = select(StageChange.deal_id).where(scope.holds(StageChange.rep_id, StageChange.day))
    if scope.rep_days is None:
        # All moves of the rep, or of the day, are among these.
        return moved.distinct().cte()
    later = aliased(StageChange)
    handed_over = (
        select(StageChange.deal_id)
        .join(later, later.deal_id == StageChange.deal_id)
        .where(
            later.rep_id != StageChange.rep_id,
            scope.holds(StageChange.rep_id, later.day),
        )
    )
    return union(moved, handed_over).cte()
