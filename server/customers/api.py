"""Customers for programs."""

from typing import Any
from uuid import UUID

from flask import request
from flask_smorest import Blueprint

from server.customers.queries import customers
from server.customers.queries.customer import get_customer_row, survivor_of
from server.customers.queries.customers import CustomerFilter, CustomerRow
from server.customers.schemas.lists import (
    CustomerPageSchema,
    CustomerQuerySchema,
    CustomerRowSchema,
    own_filters,
)
from server.platform.auth import current_access, signed_in
from server.platform.errors import InvalidInputError
from server.platform.paging import Page

blueprint = Blueprint(
    "customers", __name__, url_prefix="/api/v1/customers", description="Customers."
)


@blueprint.get("")
@signed_in()
@blueprint.arguments(CustomerQuerySchema, location="query")
@blueprint.response(200, CustomerPageSchema)
def list_customers(query: dict[str, Any]) -> Page[CustomerRow]:
    """Return a page of the customers the caller may see, by name.

    Custom fields narrow it as they do the list of the site: `custom.<key>` is `yes`, `no`, a
    choice, a part of a text, `=` and all of it, or `none`; `from.<key>` and `to.<key>` are the
    first and the last number or day of a range. A range that is none is refused.
    """
    own = own_filters(request.args)
    if wrong := {each.field.name: [each.problem] for each in own if each.problem}:
        raise InvalidInputError(wrong)
    return customers.list_customers(
        access=current_access(),
        where=CustomerFilter(
            search=query["search"],
            owner_id=str(query["owner"]) if query["owner"] else None,
            customer_class=query["customer_class"],
            closed=query["closed"],
            also=tuple(each.condition for each in own if each.condition is not None),
        ),
        page=query["page"],
        size=query["size"],
    )


@blueprint.get("/<uuid:customer_id>")
@signed_in()
@blueprint.response(200, CustomerRowSchema)
def get_customer(customer_id: UUID) -> CustomerRow:
    """Return one customer; for one that was merged into another, that one."""
    access, asked = current_access(), str(customer_id)
    survivor_id = survivor_of(access=access, customer_id=asked)
    return get_customer_row(access=access, customer_id=survivor_id or asked)
