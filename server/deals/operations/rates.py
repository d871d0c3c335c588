"""Deals that an exchange rate concerns which has come, or was corrected and is to count."""

from typing import Any

from sqlalchemy import CompoundSelect, func, select, union

from server.currencies.operations.freezing import (
    RateChange,
    RateUse,
    freeze_rows,
    rows_to_freeze,
    use_of_rate,
)
from server.deals.models import Deal, DealLine, StageChange
from server.platform.database import db
from server.platform.events import mark_days, record_changed
from server.platform.sql import converted
from server.visits.models import Visit


def freeze_deals(_sender: object, *, change: RateChange) -> int:
    """Put these deals into the reporting currency, line by line, and re-open all their days."""
    found = rows_to_freeze(Deal, Deal.event_day, change, base=_worth)
    ids = select(found.subquery().c.id)
    # Before: afterwards the rows are no longer among those that the change concerns.
    days = db.session.execute(_days(ids)).all()
    frozen = freeze_rows(Deal, found, change, updated_at=change.at)
    for rep_id, day in days:
        mark_days(rep_id, [day])
    record_changed("deal", *frozen)
    return len(frozen)


def use_of_deals(_sender: object, *, change: RateChange) -> RateUse:
    """Return which deals stand at a rate."""
    return use_of_rate(Deal, Deal.event_day, change, base=_worth)


def _worth(rate: Any) -> Any:
    lines = (
        select(func.sum(converted(DealLine.amount_minor, rate)))
        .where(DealLine.deal_id == Deal.id)
        .scalar_subquery()
    )
    return func.coalesce(lines, converted(Deal.amount_minor, rate))


def _days(ids: Any) -> CompoundSelect[*tuple[Any, ...]]:
    """Select the rep-days whose numbers these deals move, as `deals.days_of` does for one."""
    milestones = (
        select(rep_id.label("rep_id"), day.label("day")).where(
            Deal.id.in_(ids), rep_id.is_not(None), day.is_not(None)
        )
        for rep_id, day in (
            (Deal.lead_rep_id, Deal.lead_day),
            (Deal.opportunity_rep_id, Deal.opportunity_day),
            (Deal.closed_rep_id, Deal.closed_day),
        )
    )
    move = (
        select(
            StageChange.rep_id,
            StageChange.day,
            func.lag(StageChange.rep_id)
            .over(partition_by=StageChange.deal_id, order_by=(StageChange.at, StageChange.id))
            .label("rep_before"),
        )
        .where(StageChange.deal_id.in_(ids))
        .subquery()
    )
    visits = (
        select(Visit.rep_id, Visit.day)
        .join(Deal, Deal.visit_id == Visit.id)
        .where(Deal.id.in_(ids))
    )
    return union(
        *milestones,
        select(move.c.rep_id, move.c.day),
        select(move.c.rep_before, move.c.day).where(move.c.rep_before.is_not(None)),
        visits,
    )
