"""How leads, opportunities and the open pipeline are counted."""

from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from server.deals.models import Deal, Stage, StageChange
from server.metrics.rollups.counting import count_if, valid_deal
from server.metrics.rollups.scope import Counted, Scope
from shared.vocabulary import StageKind


def lead_contribution(scope: Scope) -> Counted:
    """Return the leads of each rep-day, and what has become of them up to now."""
    return (
        select(
            Deal.lead_rep_id.label("rep_id"),
            Deal.lead_day.label("day"),
            func.count().label("leads"),
            count_if(Deal.opportunity_day.is_not(None)).label("leads_to_opportunities"),
            count_if(Deal.kind == StageKind.WON).label("leads_won"),
            count_if(and_(Deal.kind == StageKind.LEAD, Deal.opportunity_day.is_(None))).label(
                "leads_undecided"
            ),
            count_if(or_(Deal.kind == StageKind.LEAD, Deal.kind == StageKind.OPEN)).label(
                "leads_open"
            ),
        )
        .where(
            Deal.lead_day.is_not(None), *valid_deal(), scope.holds(Deal.lead_rep_id, Deal.lead_day)
        )
        .group_by(Deal.lead_rep_id, Deal.lead_day)
    )


def opportunity_contribution(scope: Scope) -> Counted:
    """Return the opportunities that began on each rep-day, and what has become of them."""
    return (
        select(
            Deal.opportunity_rep_id.label("rep_id"),
            Deal.opportunity_day.label("day"),
            func.count().label("opportunities"),
            func.sum(Deal.base_amount_minor).label("opportunities_value_minor"),
            count_if(Deal.kind == StageKind.WON).label("opportunities_won"),
            count_if(or_(Deal.kind == StageKind.LEAD, Deal.kind == StageKind.OPEN)).label(
                "opportunities_undecided"
            ),
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

    Each move puts the deal into its new stage for the rep who owns it, and takes it out of the
    stage before for the rep who owned it there, on the same day.
    """
    touched = (
        select(StageChange.deal_id)
        .where(scope.holds(StageChange.rep_id, StageChange.day))
        .distinct()
    )
    # The rep of the move before may be another one: all moves of these deals are looked at.
    later = aliased(StageChange)
    if scope.rep_days is not None:
        handed_over = (
            select(StageChange.deal_id)
            .join(later, later.deal_id == StageChange.deal_id)
            .where(
                later.rep_id != StageChange.rep_id,
                scope.holds(StageChange.rep_id, later.day),
            )
        )
        touched = union_all(touched, handed_over)  # type: ignore[assignment]

    def before(column: Any) -> Any:
        return func.lag(column).over(
            partition_by=StageChange.deal_id, order_by=(StageChange.at, StageChange.id)
        )

    move = (
        select(
            StageChange.rep_id,
            StageChange.day,
            before(StageChange.rep_id).label("rep_before"),
            Stage.kind,
            Stage.probability_percent,
            before(Stage.kind).label("kind_before"),
            before(Stage.probability_percent).label("percent_before"),
            Deal.base_amount_minor.label("value_minor"),
        )
        .join(Deal, Deal.id == StageChange.deal_id)
        .join(Stage, Stage.key == StageChange.to_stage)
        .where(*valid_deal())
    )
    if scope.rep_days is not None:
        move = move.where(StageChange.deal_id.in_(touched))
    moves = move.cte()
    entered = select(
        moves.c.rep_id,
        moves.c.day,
        moves.c.kind,
        moves.c.probability_percent.label("percent"),
        moves.c.value_minor,
        literal(1).label("sign"),
    )
    left = select(
        moves.c.rep_before,
        moves.c.day,
        moves.c.kind_before,
        moves.c.percent_before,
        moves.c.value_minor,
        literal(-1),
    ).where(moves.c.rep_before.is_not(None))
    step = union_all(entered, left).subquery()
    is_lead, is_open = step.c.kind == StageKind.LEAD, step.c.kind == StageKind.OPEN
    value = step.c.sign * step.c.value_minor

    def total(condition: Any, amount: Any) -> Any:
        return func.sum(case((condition, amount), else_=0))

    return (
        select(
            step.c.rep_id,
            step.c.day,
            total(is_lead, step.c.sign).label("open_leads"),
            total(is_lead, value).label("open_leads_value_minor"),
            total(is_open, step.c.sign).label("open_opportunities"),
            total(is_open, value).label("open_opportunities_value_minor"),
            # Whole minor units: what is put in is taken out again to the last digit.
            total(is_open, step.c.sign * (step.c.value_minor * step.c.percent // 100)).label(
                "weighted_pipeline_minor"
            ),
            func.max(case((step.c.sign > 0, 1), else_=0)).label("active"),
        )
        .where(scope.holds(step.c.rep_id, step.c.day))
        .group_by(step.c.rep_id, step.c.day)
    )
