"""Small pieces of SQL that all counting is made of."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, and_, case, func, join, select, true, union
from sqlalchemy.orm import aliased

from server.customers.models import Customer, PastCustomerClass
from server.deals.models import Deal
from server.metrics.rollups.scope import Scope
from server.platform.database import is_postgresql
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


def valid_deal(deal: Any = Deal) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on deals that count at all: neither voided nor deleted."""
    return deal.voided_at.is_(None), deal.deleted_at.is_(None)


def won_deal(deal: Any = Deal) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on won deals that count."""
    return deal.kind == StageKind.WON, *valid_deal(deal)


def with_each(
    scope: Scope, rows: CTE, model: Any, on: Callable[[Any], ColumnElement[bool]]
) -> tuple[FromClause, Any]:
    """
    Return rows joined with what belongs to each of them, and that.

    Of all reps there are so few rows that PostgreSQL is told to look each of them up by an index.
    By itself it reads the whole table for them, because it takes a rep's customers for different
    ones in each row. Of a period, or of everything, it may choose.
    """
    is_few = scope.rep_days is not None or scope.rep_ids is not None
    if not is_few or not is_postgresql():
        return join(rows, model, on(model)), model
    # The offset keeps it from turning this into an ordinary join.
    found = select(model).where(on(model)).correlate(rows).offset(0).lateral()
    return join(rows, found, true()), aliased(model, found)


def with_class(row: Any, customer_id: Any, day: Any) -> tuple[Any, ColumnElement[CustomerClass]]:
    """Return the rows joined with the class their customers had on the day, and that class."""
    past = aliased(PastCustomerClass)
    customer = aliased(Customer)
    covers = and_(past.customer_id == customer_id, past.start_on <= day, past.end_on > day)
    joined = row.outerjoin(customer, customer.id == customer_id).outerjoin(past, covers)
    return joined, func.coalesce(past.customer_class, customer.customer_class)


def side_by_side(parts: Sequence[CTE], keys: Sequence[str]) -> tuple[CTE, FromClause]:
    """Return the keys that occur in any of these totals, and all of them joined to their keys.

    Each part has a key once. Rows that are padded to the same columns and added up again take
    several times as long: there are a hundred columns, and most of most rows is nothing.
    """
    key = union(*(select(*(part.c[name] for name in keys)) for part in parts)).cte()
    joined: FromClause = key
    for part in parts:
        joined = joined.outerjoin(part, and_(*(part.c[name] == key.c[name] for name in keys)))
    return key, joined


def column_of(parts: Sequence[CTE], name: str) -> ColumnElement[int]:
    """Return a column that just one of these totals has."""
    [counted] = (part.c[name] for part in parts if name in part.c)
    return counted


def counted_visit(visit: Any = Visit) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on visits that count: checked in, neither deleted nor cancelled."""
    return (
        visit.started_at.is_not(None),
        visit.deleted_at.is_(None),
        visit.state != VisitState.CANCELLED,
    )
