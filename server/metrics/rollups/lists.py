"""Which customers each rep visited and sold to on a day, as texts that can be read by the million.

Different customers are no sum of days. To count them over any period their numbers are needed, and
a row for each is too many: a quarter of a thousand reps has a million. One text for each rep-day
is strung together by SQL and taken apart at once (`server/metrics/sql/lists.py`).
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, String, case, cast, func, select, union
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from server.customers.models import CustomerAssignment
from server.metrics.models import CustomerDayRollup, CustomerNumber
from server.metrics.rollups.counting import one_if
from server.metrics.rollups.scope import Counted, Scope
from server.platform.database import db, dialect_insert
from shared.vocabulary import CustomerClass

CLASSES = tuple(CustomerClass)
MOST_CALLS = 255
"""More visits of one rep at one customer in a day count as so many."""


def number_customers(scope: Scope) -> None:
    """Give the customers of these rep-days, and those of these reps, a number if they have none."""
    row, assigned = CustomerDayRollup, CustomerAssignment
    concerned = union(
        select(row.customer_id).where(scope.holds(row.rep_id, row.day)),
        select(assigned.customer_id).where(scope.has(assigned.rep_id)),
    ).subquery()
    new = (
        select(concerned.c.customer_id)
        .where(
            ~select(CustomerNumber.number)
            .where(CustomerNumber.customer_id == concerned.c.customer_id)
            .exists(),
        )
        # In one order for everybody, or two workers could wait for each other.
        .order_by(concerned.c.customer_id)
    )
    statement = dialect_insert(CustomerNumber).from_select(["customer_id"], new)
    db.session.execute(statement.on_conflict_do_nothing(index_elements=["customer_id"]))


def customer_lists(scope: Scope) -> Counted:
    """Return the rows of `CustomerListRollup` for these rep-days; the customers have numbers."""
    row = CustomerDayRollup
    part = (
        select(
            row.rep_id,
            row.day,
            row.team_id,
            CustomerNumber.number,
            customer_code(CustomerNumber.number, row.customer_class).label("code"),
            one_if(row.assigned == 1).label("assigned"),
            one_if(row.inside_calls > 0).label("inside"),
            case((row.calls > MOST_CALLS, MOST_CALLS), else_=row.calls).label("calls"),
            row.won_deals,
            row.first_won_deals,
        )
        .join(CustomerNumber, CustomerNumber.customer_id == row.customer_id)
        .where(scope.holds(row.rep_id, row.day))
        .order_by(row.rep_id, row.day, CustomerNumber.number)
        .subquery()
    )
    visited = hex_digits(part.c.code + 2 * part.c.inside + part.c.assigned, 8) + hex_digits(
        part.c.calls, 2
    )
    return select(
        part.c.rep_id,
        part.c.day,
        part.c.team_id,
        _joined(case((part.c.calls > 0, visited)), part.c.number).label("visited"),
        _joined(case((part.c.won_deals > 0, hex_digits(part.c.code, 8))), part.c.number).label(
            "bought"
        ),
        func.sum(part.c.first_won_deals).label("new_customers"),
    ).group_by(part.c.rep_id, part.c.day, part.c.team_id)


def customer_code(number: Any, customer_class: Any) -> ColumnElement[int]:
    """Return a customer's number and class as one number; the last two bits are free."""
    places = {each.value: place for place, each in enumerate(CLASSES)}
    place = case(places, value=cast(customer_class, String), else_=len(CLASSES))
    return cast(number * 16 + place * 4, Integer)


def _joined(part: Any, order: Any) -> ColumnElement[str]:
    return func.coalesce(strung(part, order), "")


class hex_digits(GenericFunction[str]):  # noqa: N801 - reads as the SQL function it is
    """A number as so many hexadecimal digits."""

    type = String()
    inherit_cache = True


@compiles(hex_digits, "postgresql")
def _hex_digits_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    number, digits = (compiler.process(part, **kw) for part in element.clauses)
    return f"lpad(to_hex({number}), {digits}, '0')"


@compiles(hex_digits, "sqlite")
def _hex_digits_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    number, digits = (compiler.process(part, **kw) for part in element.clauses)
    return f"printf('%0*x', {digits}, {number})"


class strung(GenericFunction[str]):  # noqa: N801 - reads as the SQL function it is
    """All texts of a group as one, in an order.

    SQLite keeps the order in which it gets the rows.
    """

    type = String()
    inherit_cache = True


@compiles(strung, "postgresql")
def _strung_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    text, *order = (compiler.process(part, **kw) for part in element.clauses)
    by = f" ORDER BY {', '.join(order)}" if order else ""
    return f"string_agg({text}, ''{by})"


@compiles(strung, "sqlite")
def _strung_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    text, *_ = (compiler.process(part, **kw) for part in element.clauses)
    return f"group_concat({text}, '')"
