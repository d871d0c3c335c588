"""
Which other days a changed day re-opens, as far as the raw rows tell.

A won deal decides what the later deals of its customer are: the first one makes a new customer,
a product category is new only once, an up-sell is worth more than the deal before. When such a
deal arrives late, changes or is voided, the days of the customer's later deals must be counted
again, wherever and for whichever rep they are.

A step forward of a deal is put down to the customer's last visit before it: when such a visit or
such a step arrives late, changes or is taken back, another visit, on another day, gains or loses
it.
"""

import datetime as dt
import functools
from typing import Any

from sqlalchemy import Select, and_, except_, func, or_, select, union, union_all

from server.deals.models import Deal, StageChange
from server.metrics.models import AdvanceFact, DealFact
from server.metrics.rollups.advances import (
    MOST_DAYS_APART,
    OF_A_DEAL,
    deals_of_visited,
    last_visits,
)
from server.metrics.rollups.counting import with_each, won_deal
from server.metrics.rollups.scope import Outline, RepDay, Scope
from server.platform.database import db
from server.visits.models import Visit
from shared.metrics.measures import ADVANCE_WITHIN_DAYS

RepDays = Select[str, dt.date]


def days_reopened_by(scope: Scope) -> set[RepDay]:
    """
    Return the other rep-days whose numbers the changes of these rep-days move.

    Call it before they are rebuilt: it compares the deals as they were counted last with the deals
    as they are now. Once they are rebuilt nothing differs, so re-opening comes to an end.
    """
    return {
        (row.rep_id, row.day)
        for statement in _reopened(scope.outline(), db.engine.dialect.name)
        for row in db.session.execute(statement, scope.values())
    }


def days_maybe_reopened_by(scope: Scope) -> set[RepDay]:
    """
    Return the other rep-days that any change of these few could move.

    For days that were changed while they were counted, of which nobody knows what was counted
    before. Days of which nothing moves are counted again for nothing, and that ends it.
    """
    assert scope.rep_days
    concerned = union(
        select(Visit.customer_id).where(scope.holds(Visit.rep_id, Visit.day)),
        select(Deal.customer_id)
        .join(StageChange, StageChange.deal_id == Deal.id)
        .where(scope.holds(StageChange.rep_id, StageChange.day)),
        *(
            select(Deal.customer_id).where(scope.holds(rep_id, day))
            for rep_id, day in (
                (Deal.lead_rep_id, Deal.lead_day),
                (Deal.opportunity_rep_id, Deal.opportunity_day),
                (Deal.closed_rep_id, Deal.closed_day),
            )
        ),
    ).cte()
    days = [day for _, day in scope.rep_days]
    first = min(days) - dt.timedelta(days=ADVANCE_WITHIN_DAYS + MOST_DAYS_APART)
    last = max(days) + dt.timedelta(days=ADVANCE_WITHIN_DAYS + MOST_DAYS_APART)
    bought = DealFact.customer_id.in_(select(concerned)), DealFact.day >= min(days)
    visited = Visit.customer_id.in_(select(concerned)), Visit.day.between(first, last)
    rows = db.session.execute(
        union(
            select(DealFact.rep_id, DealFact.day).where(*bought),
            select(Visit.rep_id, Visit.day).where(*visited),
        )
    )
    return {(row.rep_id, row.day) for row in rows}.difference(scope.rep_days)


@functools.cache
def _reopened(scope: Outline, _dialect: str) -> tuple[RepDays, ...]:
    return _later_days(scope), _days_left(scope), _days_of_advances(scope)


def _later_days(scope: Scope) -> RepDays:
    """Select the days of later deals of the customers whose won deals differ."""
    counted: Any = select(
        DealFact.customer_id, DealFact.day, DealFact.deal_id, DealFact.deal_version
    ).where(DealFact.won == 1, scope.holds(DealFact.rep_id, DealFact.day))
    present: Any = select(Deal.customer_id, Deal.closed_day, Deal.id, Deal.version).where(
        *won_deal(), Deal.closed_day.is_not(None), scope.holds(Deal.closed_rep_id, Deal.closed_day)
    )
    changed = _different(counted, present)
    since = (
        select(changed.c.customer_id, func.min(changed.c.day).label("day"))
        .where(changed.c.customer_id.is_not(None))
        .group_by(changed.c.customer_id)
        .subquery()
    )
    return (
        select(DealFact.rep_id, DealFact.day)
        .join(since, and_(since.c.customer_id == DealFact.customer_id, DealFact.day >= since.c.day))
        .where(~scope.holds(DealFact.rep_id, DealFact.day))
        .distinct()
    )


def _different(some: Any, others: Any) -> Any:
    """Return the rows that are in one of the two only; each of them is read once."""
    some, others = select(some.cte()), select(others.cte())
    return union_all(
        except_(some, others).subquery().select(), except_(others, some).subquery().select()
    ).subquery()


def _days_left(scope: Scope) -> RepDays:
    """Select the days from which a deal of these rep-days has moved away."""
    return (
        select(DealFact.rep_id, DealFact.day)
        .join(Deal, Deal.id == DealFact.deal_id)
        .where(
            scope.holds(Deal.closed_rep_id, Deal.closed_day),
            or_(DealFact.rep_id != Deal.closed_rep_id, DealFact.day != Deal.closed_day),
        )
        .distinct()
    )


def _days_of_advances(scope: Scope) -> RepDays:
    """Select the days of the visits that gain or lose a step forward of a deal."""
    # A deal's change marks its days; of these its moves may be gone, so its lead day counts too.
    moved = union_all(
        select(StageChange.deal_id).where(scope.holds(StageChange.rep_id, StageChange.day)),
        select(Deal.id).where(scope.holds(Deal.lead_rep_id, Deal.lead_day)),
    )
    visited = deals_of_visited(scope)
    concerned = union(
        select(visited),
        select(*(getattr(Deal, name) for name in OF_A_DEAL)).where(Deal.id.in_(moved)),
    ).cte()
    joined, fact = with_each(
        scope, concerned, AdvanceFact, lambda fact: fact.deal_id == concerned.c.id
    )
    counted: Any = select(
        fact.stage_change_id, fact.deal_id, fact.visit_id, fact.rep_id, fact.day
    ).select_from(joined)
    present: Any = select(last_visits(scope, concerned))
    changed = _different(counted, present)
    return (
        select(changed.c.rep_id, changed.c.day)
        .where(~scope.holds(changed.c.rep_id, changed.c.day))
        .distinct()
    )
