"""Small pieces of SQL that all counting is made of."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func
from sqlalchemy.orm import aliased

from server.customers.models import Customer, PastCustomerClass
from server.deals.models import Deal
from server.visits.models import Visit
from shared.vocabulary import CustomerClass, StageKind, VisitState

Amounts = Mapping[str, ColumnElement[int]]
"""What one row adds to each measure, by the measure's column."""


def one_if(condition: Any) -> ColumnElement[int]:
    """Return 1 where this holds, else 0."""
    return case((condition, 1), else_=0)


def value_if(condition: Any, value: Any) -> ColumnElement[int]:
    """Return the value where this holds, else 0."""
    return case((condition, value), else_=0)


def count_if(condition: Any) -> ColumnElement[int]:
    """Count the rows for which this holds."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def valid_deal() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on deals that count at all: neither voided nor deleted."""
    return Deal.voided_at.is_(None), Deal.deleted_at.is_(None)


def won_deal() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on won deals that count."""
    return Deal.kind == StageKind.WON, *valid_deal()


def with_class(row: Any, customer_id: Any, day: Any) -> tuple[Any, ColumnElement[CustomerClass]]:
    """Return the rows joined with the class their customers had on the day, and that class."""
    past = aliased(PastCustomerClass)
    customer = aliased(Customer)
    covers = and_(past.customer_id == customer_id, past.start_on <= day, past.end_on > day)
    joined = row.outerjoin(customer, customer.id == customer_id).outerjoin(past, covers)
    return joined, func.coalesce(past.customer_class, customer.customer_class)


def counted_visit() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on visits that count: checked in, neither deleted nor cancelled."""
    return (
        Visit.started_at.is_not(None),
        Visit.deleted_at.is_(None),
        Visit.state != VisitState.CANCELLED,
    )
