"""Customers as a list: searched, filtered, sorted, and by a part of their name."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, literal_column, or_, select
from sqlalchemy.orm import aliased

from server.customers.models import Customer
from server.identity.models import User
from server.platform.access import Access
from server.platform.asked import once_asked
from server.platform.database import db, is_postgresql, one_of
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, in_order, read_in_pieces
from shared.vocabulary import CustomerClass, Role

_MOST_CITIES = 1000
_MOST_NAMED = 2000


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
    custom_fields: dict[str, Any]
    """Values by the key of their field, and columns of imports that no field has."""
    closed_on: dt.date | None = None
    """The day it was put away; None: it was not."""


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
    closed: bool | None = False
    """Those that were put away; None: they, too."""
    also: tuple[ColumnElement[bool], ...] = ()
    """Conditions of higher features on a row of `Customer`."""


Figures = Mapping[str, ColumnElement[Any]]

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
    figures: Figures = MappingProxyType({}),
    most_counted: int | None = None,
) -> Page[CustomerRow]:
    """Return a page of customers.

    :param sort: `name`, `code`, `class`, `city`, `rep`, `created` or the name of a figure; with a
        minus, the largest first; anything else means by name
    :param figures: what higher features know of a row of `Customer`, by name
    :param most_counted: whoever asks can do without knowing of how many more there are
    """
    found = fetch_page(
        _sorted(access, where, sort, figures),
        number=page,
        size=size,
        key=Customer.id,
        most=most_counted,
    )
    return found.map(lambda row: CustomerRow(*row))


def each_customer(
    *, access: Access, where: CustomerFilter, sort: str, figures: Figures
) -> Iterator[tuple[CustomerRow, dict[str, Any]]]:
    """Yield all customers in the same order with their figures, fetched in chunks; for exports."""
    listed = _sorted(access, where, sort, figures)
    for row in read_in_pieces(listed.add_columns(*figures.values())):
        own = len(row) - len(figures)
        yield CustomerRow(*row[:own]), dict(zip(figures, row[own:], strict=True))


def list_cities(*, access: Access) -> list[str]:
    """Return the cities that customers are in, by name."""
    if access.role is Role.ADMIN:
        return _all_cities()
    statement = select(Customer.city).where(Customer.city != "", *seen_by(access=access)).distinct()
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


def order_currencies() -> Select[str]:
    """Select the currencies that customers' orders are in, but for the reporting one."""
    # A literal: a parameter would not say that the index holds them all.
    abroad = Customer.currency != literal_column("''")
    return select(Customer.currency).where(abroad, Customer.deleted_at.is_(None)).distinct()


def customer_rows(*, access: Access) -> Select[*tuple[Any, ...]]:
    """Select what `CustomerRow` holds, of the customers that the caller sees."""
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
            Customer.custom_fields,
            Customer.closed_on,
        )
        .outerjoin(User, User.id == Customer.owner_id)
        .where(*seen_by(access=access))
    )


def seen_by(*, access: Access) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on customers that the caller sees."""
    return Customer.deleted_at.is_(None), access.rows(Customer.owner_id, Customer.team_id)


def of_filter(*, access: Access, where: CustomerFilter) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on customers that the caller sees and asks for."""
    conditions = [*seen_by(access=access), *where.also]
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
        (Customer.closed_on, where.closed),
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


def _sorted(
    access: Access, where: CustomerFilter, sort: str, figures: Figures
) -> Select[*tuple[Any, ...]]:
    key = sort.removeprefix("-")
    columns = {**_SORTS, **figures}
    column = columns.get(key, Customer.name)
    # Those without a rep have no name of one.
    order = in_order(
        column,
        Customer.id,
        is_descending=sort.startswith("-") and key in columns,
        may_be_unknown=column is User.name or key in figures,
    )
    seen = customer_rows(access=access)
    return seen.where(*of_filter(access=access, where=where)).order_by(*order)
