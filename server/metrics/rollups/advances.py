"""Which visit moved a deal on: the customer's last one before each step forward."""

from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from server.deals.models import Deal, Stage, StageChange
from server.metrics.rollups.counting import counted_visit, valid_deal
from server.metrics.rollups.scope import Counted, Scope
from server.platform.sql import days_before
from server.visits.models import Visit
from shared.metrics.measures import ADVANCE_WITHIN_DAYS
from shared.vocabulary import StageKind

_NO_ADVANCE = (StageKind.LOST, StageKind.DISQUALIFIED)


def advances(scope: Scope) -> Counted:
    """Return the rows of `AdvanceFact` for the visits of these rep-days."""
    visited = select(Visit.customer_id).where(
        *counted_visit(), scope.holds(Visit.rep_id, Visit.day)
    )
    wanted = () if scope.is_everything else (Deal.customer_id.in_(visited),)
    last = last_visits(*wanted)
    return select(last).where(scope.holds(last.c.rep_id, last.c.day))


def last_visits(*wanted: Any) -> Any:
    """Return the visit before each step forward of the deals for which the conditions hold.

    A step leads to a later stage, or to won. A deal's making is none: an order taken at once is
    told by the strike rate.
    """
    before = aliased(Stage)
    step = (
        select(
            StageChange.id, StageChange.deal_id, StageChange.at, StageChange.day, Deal.customer_id
        )
        .join(Deal, Deal.id == StageChange.deal_id)
        .join(Stage, Stage.key == StageChange.to_stage)
        .join(before, before.key == StageChange.from_stage)
        .where(
            or_(Stage.position > before.position, Stage.kind == StageKind.WON),
            Stage.kind.not_in(_NO_ADVANCE),
            before.kind != StageKind.WON,
            *valid_deal(),
            *wanted,
        )
        .subquery()
    )
    latest = (
        select(
            step.c.id.label("stage_change_id"),
            step.c.deal_id,
            Visit.id.label("visit_id"),
            Visit.rep_id,
            Visit.day,
            func.row_number()
            .over(partition_by=step.c.id, order_by=(Visit.started_at.desc(), Visit.id.desc()))
            .label("place"),
        )
        .join(
            Visit,
            and_(
                Visit.customer_id == step.c.customer_id,
                Visit.started_at <= step.c.at,
                Visit.day >= days_before(step.c.day, ADVANCE_WITHIN_DAYS),
            ),
        )
        .where(*counted_visit())
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
