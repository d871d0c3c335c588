"""Reading customers: the searchable list, and one of them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select

from server.customers.models import Customer
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page
from shared.vocabulary import CustomerClass


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


def list_customers(
    *,
    access: Access,
    search: str = "",
    owner_id: str | None = None,
    customer_class: CustomerClass | None = None,
    page: int = 1,
    size: int = DEFAULT_SIZE,
) -> Page[CustomerRow]:
    """Return a page of customers by name; `search` is part of name, code or phone."""
    statement = _rows(access).order_by(Customer.name, Customer.id)
    if part := search.strip():
        statement = statement.where(
            or_(
                Customer.name.icontains(part, autoescape=True),
                Customer.code.icontains(part, autoescape=True),
                Customer.phone.contains(part, autoescape=True),
            )
        )
    if owner_id is not None:
        statement = statement.where(Customer.owner_id == owner_id)
    if customer_class is not None:
        statement = statement.where(Customer.customer_class == customer_class)
    found = fetch_page(statement, number=page, size=size)
    return Page(
        rows=[CustomerRow(*row) for row in found.rows],
        number=found.number,
        size=found.size,
        total=found.total,
    )


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
        )
        .outerjoin(User, User.id == Customer.owner_id)
        .where(Customer.deleted_at.is_(None), access.rows(Customer.owner_id, Customer.team_id))
    )
