"""Reading customers: the searchable list, and one of them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, literal_column, or_, select
from sqlalchemy.orm import aliased

from server.customers.models import Customer, CustomerAssignment, LocationProposal
from server.identity.models import User
from server.platform.access import Access
from server.platform.asked import once_asked
from server.platform.audit import AuditEntry
from server.platform.database import db, is_postgresql, one_of
from server.platform.errors import NotFoundError
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, in_order, read_in_pieces
from shared.geo import Position, distance_m
from shared.vocabulary import CustomerClass, Role

_MOST_CITIES = 1000
_MOST_NAMED = 2000
_MOST_CHANGES = 50


@dataclass(frozen=True)
class CustomerRow:
    """A customer in a list."""

    id: str
    code: str
    name: str
    customer_class: CustomerClass
    contact_name: str
    phone: str
    address: str
    city: str
    latitude: float | None
    longitude: float | None
    is_prospect: bool
    owner_id: str | None
    owner_name: str | None
    team_id: str | None
    currency: str
    """That its orders are taken in; empty: the reporting one."""


@dataclass(frozen=True, kw_only=True)
class CustomerFilter:
    """Which customers; whatever is None or empty does not narrow."""

    search: str = ""
    """Part of name, code or phone."""
    owner_id: str | None = None
    team_ids: frozenset[str] | None = None
    customer_class: CustomerClass | None = None
    city: str = ""
    is_prospect: bool | None = None
    has_point: bool | None = None
    has_owner: bool | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerDetail:
    """A customer with everything the office keeps."""

    row: CustomerRow
    version: int
    sector: str
    email: str
    notes: str
    radius_m: int | None
    custom_fields: dict[str, Any]
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


BY_NAME = "name"
_SORTS: dict[str, Any] = {
    "name": Customer.name,
    "code": Customer.code,
    "class": Customer.customer_class,
    "city": Customer.city,
    "rep": User.name,
    "created": Customer.created_at,
}


def list_customers(
    *,
    access: Access,
    where: CustomerFilter,
    page: int = 1,
    size: int = DEFAULT_SIZE,
    sort: str = BY_NAME,
    most_counted: int | None = None,
) -> Page[CustomerRow]:
    """Return a page of customers.

    :param sort: `name`, `code`, `class`, `city`, `rep` or `created`; with a minus, the largest
        first; anything else means by name
    :param most_counted: whoever asks can do without knowing of how many more there are
    """
    found = fetch_page(
        _sorted(access, where, sort), number=page, size=size, key=Customer.id, most=most_counted
    )
    return found.map(lambda row: CustomerRow(*row))


def each_customer(*, access: Access, where: CustomerFilter, sort: str) -> Iterator[CustomerRow]:
    """Yield all customers in the same order, fetched in chunks; for exports."""
    for row in read_in_pieces(_sorted(access, where, sort)):
        yield CustomerRow(*row)


def list_cities(*, access: Access) -> list[str]:
    """Return the cities that customers are in, by name."""
    if access.role is Role.ADMIN:
        return _all_cities()
    statement = select(Customer.city).where(Customer.city != "", *_seen(access)).distinct()
    return sorted(db.session.scalars(statement.limit(_MOST_CITIES)))


def _all_cities() -> list[str]:
    """Step through the index from one city to the next, and leave out all customers between."""

    def after(city: Any) -> Any:
        next_one = select(Customer.city).where(Customer.city > city, Customer.deleted_at.is_(None))
        return next_one.order_by(Customer.city, Customer.id).limit(1).scalar_subquery()

    found = select(after("").label("city")).cte("city", recursive=True)
    found = found.union_all(select(after(found.c.city)).where(found.c.city.is_not(None)))
    statement = select(found.c.city).where(found.c.city.is_not(None)).limit(_MOST_CITIES)
    return sorted(db.session.scalars(statement))


def of_customers_named(customer_id: Any, *, part: str, many: bool = False) -> ColumnElement[bool]:
    """Return the condition that a row belongs to a customer with this part of a name or code.

    It names the customers, whose rows are then looked up in an index, unless they are too many.

    :param many: it is known that some of their rows are met soon
    """
    ids = customers_named(part)
    return is_named(customer_id, part, apart=many) if ids is None else one_of(customer_id, ids)


def customers_named(part: str, *which: ColumnElement[bool]) -> list[str] | None:
    """Return all customers named so, if they meet these conditions; None for too many of them."""
    named = select(Customer.id).where(_has_part(Customer, part), *which).limit(_MOST_NAMED + 1)
    ids = once_asked(("customers named", part, *which), lambda: list(db.session.scalars(named)))
    return ids if len(ids) <= _MOST_NAMED else None


def is_named(customer_id: Any, part: str, *, apart: bool) -> ColumnElement[bool]:
    """Return the condition for each row; apart: do not look for all of them before one is met."""
    each = aliased(Customer)
    of_row = select(each.id).where(_has_part(each, part), each.id == customer_id)
    return of_row.offset(0).exists() if apart and is_postgresql() else of_row.exists()


def _has_part(each: Any, part: str) -> ColumnElement[bool]:
    return or_(*(word.icontains(part, autoescape=True) for word in (each.name, each.code)))


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
        custom_fields=dict(customer.custom_fields or {}),
        created_at=customer.created_at,
        updated_at=customer.updated_at,
    )


def order_currencies() -> Select[str]:
    """Select the currencies that customers' orders are in, but for the reporting one."""
    # A literal: a parameter would not say that the index holds them all.
    abroad = Customer.currency != literal_column("''")
    return select(Customer.currency).where(abroad, Customer.deleted_at.is_(None)).distinct()


def survivor_of(*, access: Access, customer_id: str) -> str | None:
    """Return the customer that this one was merged into; None for one that was not."""
    merged = Customer.__table__.alias("merged")
    return db.session.scalar(
        select(Customer.id)
        .join(merged, merged.c.merged_into_id == Customer.id)
        .where(merged.c.id == customer_id, *_seen(access))
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
        .where(Customer.id == customer_id, *_seen(access))
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


def get_customer_row(*, access: Access, customer_id: str) -> CustomerRow:
    """Return one customer.

    :raises NotFoundError: if there is none that the caller may see
    """
    row = db.session.execute(_rows(access).where(Customer.id == customer_id)).one_or_none()
    if row is None:
        raise NotFoundError
    return CustomerRow(*row)


def _rows(access: Access) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Customer.id,
            Customer.code,
            Customer.name,
            Customer.customer_class,
            Customer.contact_name,
            Customer.phone,
            Customer.address,
            Customer.city,
            Customer.latitude,
            Customer.longitude,
            Customer.is_prospect,
            Customer.owner_id,
            User.name,
            Customer.team_id,
            Customer.currency,
        )
        .outerjoin(User, User.id == Customer.owner_id)
        .where(*_seen(access))
    )


def _seen(access: Access) -> tuple[ColumnElement[bool], ...]:
    return Customer.deleted_at.is_(None), access.rows(Customer.owner_id, Customer.team_id)


def of_filter(*, access: Access, where: CustomerFilter) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on customers that the caller sees and asks for."""
    conditions = [*_seen(access)]
    if part := where.search.strip():
        conditions.append(
            or_(
                Customer.name.icontains(part, autoescape=True),
                Customer.code.icontains(part, autoescape=True),
                Customer.phone.contains(part, autoescape=True),
            )
        )
    if where.team_ids is not None:
        conditions.append(Customer.team_id.in_(where.team_ids))
    for column, is_there in (
        (Customer.latitude, where.has_point),
        (Customer.owner_id, where.has_owner),
    ):
        if is_there is not None:
            conditions.append(column.is_not(None) if is_there else column.is_(None))
    for column, value in (
        (Customer.owner_id, where.owner_id),
        (Customer.customer_class, where.customer_class),
        (Customer.is_prospect, where.is_prospect),
        (Customer.city, where.city or None),
    ):
        if value is not None:
            conditions.append(column == value)
    return tuple(conditions)


def _sorted(access: Access, where: CustomerFilter, sort: str) -> Select[*tuple[Any, ...]]:
    key = sort.removeprefix("-")
    column = _SORTS.get(key, Customer.name)
    is_descending = sort.startswith("-") and key in _SORTS
    # Those without a rep have no name of one.
    order = in_order(
        column, Customer.id, is_descending=is_descending, may_be_unknown=column is User.name
    )
    return _rows(access).where(*of_filter(access=access, where=where)).order_by(*order)


@dataclass(frozen=True)
class ProposalRow:
    """A point a rep proposed, beside the one the customer has."""

    id: str
    customer_id: str
    customer_name: str
    customer_address: str
    customer_latitude: float | None
    customer_longitude: float | None
    location_version: int
    """Of the customer's point."""
    radius_m: int | None
    rep_id: str
    rep_name: str
    latitude: float
    longitude: float
    accuracy_m: float | None
    proposed_at: dt.datetime
    approved: bool | None
    decided_at: dt.datetime | None
    decision_reason: str

    @property
    def moves_m(self) -> float | None:
        """Return how far it lies from the point the customer has; None without one."""
        if self.customer_latitude is None or self.customer_longitude is None:
            return None
        known = Position(self.customer_latitude, self.customer_longitude)
        return distance_m(known, Position(self.latitude, self.longitude))


def list_proposals(*, access: Access, decided: bool, page: int, size: int) -> Page[ProposalRow]:
    """Return a page of proposed points: those that wait oldest first, else the newest decision."""
    is_decided = LocationProposal.decided_at.is_not(None)
    state = is_decided if decided else ~is_decided
    order: Any = LocationProposal.decided_at.desc() if decided else LocationProposal.proposed_at
    statement: Select[*tuple[Any, ...]] = (
        select(
            LocationProposal.id,
            Customer.id,
            Customer.name,
            Customer.address,
            Customer.latitude,
            Customer.longitude,
            Customer.location_version,
            Customer.radius_m,
            User.id,
            User.name,
            LocationProposal.latitude,
            LocationProposal.longitude,
            LocationProposal.accuracy_m,
            LocationProposal.proposed_at,
            LocationProposal.approved,
            LocationProposal.decided_at,
            LocationProposal.decision_reason,
        )
        .join(Customer, Customer.id == LocationProposal.customer_id)
        .join(User, User.id == LocationProposal.rep_id)
        .where(state, access.rows(LocationProposal.rep_id, Customer.team_id))
        .order_by(order, LocationProposal.id)
    )
    found = fetch_page(statement, number=page, size=size)
    return found.map(lambda row: ProposalRow(*row))
