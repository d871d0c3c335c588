"""One customer: all that the office keeps of it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from server.customers.models import Customer, CustomerAssignment
from server.customers.queries.customers import CustomerRow, customer_rows, seen_by
from server.identity.models import User
from server.platform.access import Access
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.errors import NotFoundError

_MOST_CHANGES = 50


@dataclass(frozen=True, kw_only=True)
class CustomerDetail:
    """A customer with everything the office keeps."""

    row: CustomerRow
    version: int
    sector: str
    email: str
    notes: str
    radius_m: int | None
    created_at: dt.datetime
    updated_at: dt.datetime


@dataclass(frozen=True)
class Tenure:
    """A rep's time with a customer."""

    rep_id: str
    rep_name: str
    start_on: dt.date
    end_on: dt.date | None


@dataclass(frozen=True)
class ChangeRow:
    """What somebody in the office changed."""

    at: dt.datetime
    user_name: str | None
    action: str
    details: dict[str, Any]


def get_customer_detail(*, access: Access, customer_id: str) -> CustomerDetail:
    """Return a customer with everything the office keeps.

    :raises NotFoundError: if there is none that the caller may see
    """
    row = get_customer_row(access=access, customer_id=customer_id)
    customer = db.session.get_one(Customer, customer_id)
    return CustomerDetail(
        row=row,
        version=customer.version,
        sector=customer.sector,
        email=customer.email,
        notes=customer.notes,
        radius_m=customer.radius_m,
        created_at=customer.created_at,
        updated_at=customer.updated_at,
    )


def survivor_of(*, access: Access, customer_id: str) -> str | None:
    """Return the customer that this one was merged into; None for one that was not."""
    merged = Customer.__table__.alias("merged")
    return db.session.scalar(
        select(Customer.id)
        .join(merged, merged.c.merged_into_id == Customer.id)
        .where(merged.c.id == customer_id, *seen_by(access=access))
    )


def tenures_of_customer(*, access: Access, customer_id: str) -> list[Tenure]:
    """Return the reps a customer belonged to, the latest first."""
    rows = db.session.execute(
        select(
            CustomerAssignment.rep_id,
            User.name,
            CustomerAssignment.start_on,
            CustomerAssignment.end_on,
        )
        .join(User, User.id == CustomerAssignment.rep_id)
        .join(Customer, Customer.id == CustomerAssignment.customer_id)
        .where(Customer.id == customer_id, *seen_by(access=access))
        .order_by(CustomerAssignment.start_on.desc())
    )
    return [Tenure(*row) for row in rows]


def changes_of_customer(*, access: Access, customer_id: str) -> list[ChangeRow]:
    """Return what the office changed, the latest first.

    :raises NotFoundError: if there is no such customer that the caller may see
    """
    subject = get_customer_row(access=access, customer_id=customer_id).id
    rows = db.session.execute(
        select(AuditEntry.at, User.name, AuditEntry.action, AuditEntry.details)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.subject == subject)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(_MOST_CHANGES)
    )
    return [ChangeRow(*row) for row in rows]


def find_by_code(*, access: Access, code: str) -> CustomerRow | None:
    """Return the customer with this code, in any case, that the caller may see, or None."""
    row = db.session.execute(
        customer_rows(access=access)
        .where(Customer.code.in_({code, code.upper()}))
        .order_by(Customer.code != code)
        .limit(1)
    ).one_or_none()
    return None if row is None else CustomerRow(*row)


def get_customer_row(*, access: Access, customer_id: str) -> CustomerRow:
    """Return one customer.

    :raises NotFoundError: if there is none that the caller may see
    """
    row = db.session.execute(
        customer_rows(access=access).where(Customer.id == customer_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return CustomerRow(*row)
