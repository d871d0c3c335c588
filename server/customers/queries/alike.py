"""Customers that look like one that somebody is about to enter."""

from sqlalchemy import ColumnElement, Text, func, literal_column, select, text, union

from server.customers.models import Customer, name_key, phone_key
from server.customers.queries.customers import CustomerRow, customer_rows, seen_by
from server.platform.access import Access
from server.platform.database import db

MOST = 5
"""As many are told of."""
_SHORTEST_PHONE = 7
_NAME, _PHONE = "CAST(:name AS TEXT)", "CAST(:phone AS TEXT)"
_NEAR_DEGREES = 0.005
"""In latitude and longitude, about 550 m each at the equator."""


def look_alikes(
    *,
    access: Access,
    name: str,
    city: str,
    phone: str,
    latitude: float | None,
    longitude: float | None,
) -> list[CustomerRow]:
    """
    Return customers with this phone number, or this name in the same city or near; at most `MOST`.

    Names and numbers are compared as the page of duplicates does: without the kind of outlet,
    blanks and signs. Latitude and longitude are in degrees, or None both.
    """
    given = {"phone": phone, "name": name, "city": city}
    name_is = _same(name_key("customer.name"), name_key(_NAME), given)
    named_there = _same(
        f"({name_key('customer.name')} || ' ' || lower(customer.city))",
        f"({name_key(_NAME)} || ' ' || lower(CAST(:city AS TEXT)))",
        given,
    )
    ways: list[tuple[ColumnElement[bool], ...]] = [(named_there,)]
    if sum(sign.isdigit() for sign in phone) >= _SHORTEST_PHONE:
        ways.append((_same(phone_key("customer.phone"), phone_key(_PHONE), given),))
    if latitude is not None and longitude is not None:
        near = _NEAR_DEGREES
        ways.append(
            (
                Customer.latitude.between(latitude - near, latitude + near),
                Customer.longitude.between(longitude - near, longitude + near),
                name_is,
            )
        )
    # One statement for each index; a condition on all of them would read every customer.
    found = union(*(select(Customer.id).where(*seen_by(access=access), *way) for way in ways))
    rows = db.session.execute(
        customer_rows(access=access)
        .where(Customer.id.in_(select(found.subquery().c.id)))
        .order_by(func.lower(Customer.name), Customer.id)
        .limit(MOST)
    )
    return [CustomerRow(*row) for row in rows]


def _same(kept: str, typed: str, given: dict[str, str]) -> ColumnElement[bool]:
    """Return that a key of a customer, as its index has it, is the one of what was typed."""
    used = {name: value for name, value in given.items() if f":{name}" in typed}
    return literal_column(kept, Text()) == text(typed).bindparams(**used)
