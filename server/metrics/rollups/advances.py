"""Which visit moved a deal on: the customer's last one before each step forward."""

from typing import Any

from sqlalchemy import CTE, and_, func, or_, select
from sqlalchemy.orm import aliased

from server.deals.models import Deal, Stage, StageChange
from server.metrics.rollups.counting import counted_visit, valid_deal, with_each
from server.metrics.rollups.scope import Counted, Scope
from server.platform.sql import days_before
from server.visits.models import Visit
from shared.metrics.measures import ADVANCE_WITHIN_DAYS
from shared.vocabulary import StageKind

OF_A_DEAL = ("id", "customer_id", "voided_at", "deleted_at")
MOST_DAYS_APART = 2
"""Between the local days of one moment in two zones."""
_NO_ADVANCE = (StageKind.LOST, StageKind.DISQUALIFIED)


def advances(scope: Scope) -> Counted:
    """Return the rows of `AdvanceFact` for the visits of these rep-days."""
    last = last_visits(scope, None if scope.is_everything else deals_of_visited(scope))
    return select(last).where(scope.holds(last.c.rep_id, last.c.day))


def deals_of_visited(scope: Scope) -> CTE:
    """Return the deals of the customers visited on these rep-days."""
    visited = select(Visit.customer_id).where(scope.holds(Visit.rep_id, Visit.day)).distinct().cte()
    joined, deal = with_each(
        scope, visited, Deal, lambda deal: deal.customer_id == visited.c.customer_id
    )
    return select(*(getattr(deal, name) for name in OF_A_DEAL)).select_from(joined).cte()


def last_visits(scope: Scope, deals: CTE | None) -> Any:
    """Return the visit before each step forward of these deals, or of all.

    A step leads to a later stage, or to won. A deal's making is none: an order taken at once is
    told by the strike rate.
    """
    if deals is None:
        deals = select(*(getattr(Deal, name) for name in OF_A_DEAL)).cte()
    joined, change = with_each(
        scope, deals, StageChange, lambda change: change.deal_id == deals.c.id
    )
    before = aliased(Stage)
    step = (
        select(change.id, change.deal_id, change.at, change.day, deals.c.customer_id)
        .select_from(joined)
        .join(Stage, Stage.key == change.to_stage)
        .join(before, before.key == change.from_stage)
        .where(
            or_(Stage.position > before.position, Stage.kind == StageKind.WON),
            Stage.kind.not_in(_NO_ADVANCE),
            before.kind != StageKind.WON,
            *valid_deal(deals.c),
        )
        .cte()
    )
    joined, visit = with_each(
        scope,
        step,
        Visit,
        lambda visit: and_(
            visit.customer_id == step.c.customer_id,
            visit.started_at <= step.c.at,
            visit.day >= days_before(step.c.day, ADVANCE_WITHIN_DAYS),
            # Follows from the moments, but an index knows days only.
            visit.day <= days_before(step.c.day, -MOST_DAYS_APART),
        ),
    )
    latest = (
        select(
            step.c.id.label("stage_change_id"),
            step.c.deal_id,
            visit.id.label("visit_id"),
            visit.rep_id,
            visit.day,
            func.row_number()
            .over(partition_by=step.c.id, order_by=(visit.started_at.desc(), visit.id.desc()))
            .label("place"),
        )
        .select_from(joined)
        .where(*counted_visit(visit))
        .subquery()
    )
    return (
        select(
            latest.c.stage_change_id,
            latest.c.deal_id,
            latest.c.visit_id,
            latest.c.rep_id,
            latest.c.day,
        )
        .where(latest.c.place == 1)
        .subquery()
    )
