"""Which customers each rep has and had, as one text: a thousand of them are read at once.

To look up owner, class and number of each of a hundred thousand customers took half of what the
database needs for an overview. A customer is 24 hexadecimal digits and a blank: its code
(`lists.py`), the first day and the day after the last, in days since `DAY_0`. One whose class
changed comes once with each class.
"""

import datetime as dt
import functools
from collections.abc import Collection
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CompoundSelect,
    Date,
    Insert,
    Select,
    case,
    delete,
    except_,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from server.customers.models import Customer, CustomerAssignment, PastCustomerClass
from server.metrics.models import AssignedListRollup, CustomerNumber
from server.metrics.rollups.counting import one_if
from server.metrics.rollups.lists import customer_code, hex_digits, strung
from server.metrics.rollups.scope import EVERYTHING, Outline, RepDay, Scope
from server.platform.database import db, dialect_insert, is_postgresql
from server.platform.sql import days_between, larger

DAY_0 = dt.date(1900, 1, 1)
FOR_EVER = 2**31 - 1
"""In place of the number of a day that has not come."""
_HAS_SOME = exists().where(CustomerAssignment.rep_id == AssignedListRollup.rep_id)


def count_assigned(scope: Scope) -> None:
    """
    Replace the lists of these reps where they differ; the customers have numbers.

    Mostly none does, so that is looked at first: two workers that count two days of a rep then wait
    for each other only if one of them writes the list. Who counts all days of a rep is alone.
    """
    if scope.rep_days is not None:
        rep_ids = sorted({rep_id for rep_id, _ in scope.rep_days})
        differing = _differing_among(rep_ids)
        if not differing:
            return
        _wait_for_others(differing)
        scope = Scope(rep_ids=tuple(differing))
    db.session.execute(
        _insertion(scope.outline(), db.engine.dialect.name),
        scope.values(),
        # Where nothing was written, nobody needs to read again who has which customer.
        execution_options={"preserve_rowcount": True},
    )
    db.session.execute(
        delete(AssignedListRollup)
        .where(scope.has(AssignedListRollup.rep_id), ~_HAS_SOME)
        .execution_options(synchronize_session=False)
    )


def _differing_among(rep_ids: list[str]) -> list[str]:
    """Return those of these reps whose lists are not what the raw rows say."""
    # What another worker is writing is not to be seen before it commits. The locks go at once.
    savepoint = db.session.begin_nested()
    _wait_for_others(rep_ids, shared=True)
    scope = Scope(rep_ids=tuple(rep_ids))
    statement = _differing(scope.outline(), db.engine.dialect.name)
    found = list(db.session.scalars(statement, scope.values()))
    savepoint.rollback()
    return found


@functools.cache
def _differing(scope: Outline, _dialect: str) -> CompoundSelect[Any]:
    counted, stored = _lists(scope).subquery(), AssignedListRollup
    return union_all(
        select(counted.c.rep_id)
        .outerjoin(stored, stored.rep_id == counted.c.rep_id)
        .where(or_(stored.rep_id.is_(None), stored.customers != counted.c.customers)),
        select(stored.rep_id).where(scope.has(stored.rep_id), ~_HAS_SOME),
    )


@functools.cache
def _insertion(scope: Outline, _dialect: str) -> Insert:
    table: Any = AssignedListRollup.__table__
    counted = _lists(scope)
    statement = dialect_insert(table).from_select(list(counted.selected_columns.keys()), counted)
    customers = statement.excluded.customers
    inserted: Insert = statement.on_conflict_do_update(
        index_elements=["rep_id"],
        set_={"customers": customers},
        where=table.c.customers != customers,
    )
    return inserted


def _wait_for_others(rep_ids: Collection[str], *, shared: bool = False) -> None:
    """Let two workers write a rep's list one after the other. SQLite has one writer.

    The second one then reads what the first has seen, and whatever was committed since.
    """
    if not is_postgresql():
        return
    # In one order for everybody, or two could wait for each other.
    locks = sorted(
        int.from_bytes(blake2b(f"customers {each}".encode(), digest_size=8).digest(), signed=True)
        for each in rep_ids
    )
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    each = func.unnest(literal(locks, ARRAY(BigInteger))).column_valued("each")
    db.session.execute(select(lock(each)))


def differing_lists() -> set[str]:
    """Return the reps whose lists are not what the raw rows say."""
    stored: Any = select(AssignedListRollup.rep_id, AssignedListRollup.customers)
    counted: Any = _lists(EVERYTHING)
    return {
        row.rep_id
        for rows in (except_(counted, stored), except_(stored, _lists(EVERYTHING)))
        for row in db.session.execute(select(rows.subquery().c.rep_id))
    }


def days_of_changed(customer_ids: Collection[str]) -> set[RepDay]:
    """
    Return a day of each rep whose list does not say of these customers what it should.

    Counting any day of a rep counts the list anew. What it says too much is not found: whoever
    takes a customer from a rep marks the day.
    """
    entry = _entries(CustomerAssignment.customer_id.in_(customer_ids)).subquery()
    rows = db.session.execute(
        select(entry.c.rep_id, func.max(entry.c.start_on).label("day"))
        .outerjoin(AssignedListRollup, AssignedListRollup.rep_id == entry.c.rep_id)
        .where(
            or_(
                AssignedListRollup.rep_id.is_(None),
                entry.c.number.is_(None),
                ~AssignedListRollup.customers.contains(entry.c.entry),
            )
        )
        .group_by(entry.c.rep_id)
    )
    return {(row.rep_id, row.day) for row in rows}


def _lists(scope: Scope) -> Select[str, str]:
    entry = _entries(scope.has(CustomerAssignment.rep_id)).subquery()
    in_order = select(entry.c.rep_id, entry.c.entry).order_by(entry.c.rep_id, entry.c.entry)
    part = in_order.subquery()
    return select(part.c.rep_id, strung(part.c.entry, part.c.entry).label("customers")).group_by(
        part.c.rep_id
    )


def _entries(where: Any) -> Any:
    """Select who had which customers, for as long as they had one class."""
    assigned, past = CustomerAssignment, PastCustomerClass
    former = (
        select(func.max(past.end_on, type_=Date()))
        .where(past.customer_id == assigned.customer_id)
        .correlate(assigned)
        .scalar_subquery()
    )
    begun, ended = assigned.start_on, assigned.end_on
    days = {
        "now": (Customer.customer_class, _later(begun, former), ended),
        "before": (past.customer_class, _later(begun, past.start_on), _earlier(ended, past.end_on)),
    }
    parts = []
    for when, (customer_class, start, end) in days.items():
        code = customer_code(CustomerNumber.number, customer_class)
        code += one_if(Customer.deleted_at.is_not(None))
        part = (
            select(
                assigned.rep_id,
                start.label("start_on"),
                CustomerNumber.number,
                (hex_digits(code, 8) + _digits_of(start) + _digits_of(end) + " ").label("entry"),
            )
            .join(Customer, Customer.id == assigned.customer_id)
            .outerjoin(CustomerNumber, CustomerNumber.customer_id == assigned.customer_id)
            .where(where, end.is_(None) | (start < end))
        )
        if when == "before":
            part = part.join(past, past.customer_id == assigned.customer_id)
        parts.append(part)
    return union_all(*parts)


def _digits_of(day: Any) -> Any:
    """Return the number of a day, for ever where there is none, as digits."""
    number = func.coalesce(days_between(literal(DAY_0), day), FOR_EVER)
    return hex_digits(larger(number, 0), 8)


def _later(day: Any, other: Any) -> Any:
    return case((other > day, other), else_=day)


def _earlier(day: Any, other: Any) -> Any:
    """Return the earlier of two ends, of which the first may be open."""
    return case((day < other, day), else_=other)
