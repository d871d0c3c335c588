"""Entering customers, closing them and opening them again, for programs."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.customers.queries.customer import get_customer_row
from server.customers.queries.customers import CustomerRow
from server.customers.schemas import form
from server.customers.schemas.lists import CustomerRowSchema
from server.fields.queries import fields_in_use
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import InvalidInputError
from server.platform.transaction import transaction
from server.territories.operations import closing, entering
from server.territories.schemas import NewCustomerSchema, ReopeningSchema
from shared.custom_fields import typed
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint(
    "territories",
    __name__,
    url_prefix="/api/v1/customers",
    description="Customers that come and go.",
)
EDITORS = (Role.MANAGER, Role.ADMIN)


@blueprint.post("")
@signed_in(*EDITORS)
@blueprint.arguments(NewCustomerSchema)
@blueprint.response(201, CustomerRowSchema)
def enter_customer(body: dict[str, Any]) -> CustomerRow:
    """
    Enter a customer; the rep has it from today on.

    One that looks like others is refused with `customer.looks_alike` and their ids as `alike`: sent
    again with these as `apart`, it is entered.
    """
    access, customer_id = current_access(), new_id()
    values = form.read(_as_typed(body))
    with transaction():
        entering.enter_customer(
            access=access,
            customer_id=customer_id,
            code=body["code"].strip(),
            fields=values,
            point=(body["latitude"], body["longitude"]),
            rep_id=str(body["rep_id"]) if body["rep_id"] else None,
            apart=[str(each) for each in body["apart"]],
            at=utc_now(),
            day=business_today(),
        )
    return get_customer_row(access=access, customer_id=customer_id)


@blueprint.put("/<uuid:customer_id>/closing")
@signed_in(*EDITORS)
@blueprint.response(200, CustomerRowSchema)
def close_customer(customer_id: UUID) -> CustomerRow:
    """Put a customer away from today on: it is nobody's, and leaves phones and plans to come."""
    access = current_access()
    seen = get_customer_row(access=access, customer_id=str(customer_id))
    with transaction():
        closing.close_customers(
            access=access, seen={seen.id: seen.owner_id}, at=utc_now(), day=business_today()
        )
    return get_customer_row(access=access, customer_id=seen.id)


@blueprint.delete("/<uuid:customer_id>/closing")
@signed_in(*EDITORS)
@blueprint.arguments(ReopeningSchema, location="query")
@blueprint.response(200, CustomerRowSchema)
def reopen_customer(query: dict[str, Any], customer_id: UUID) -> CustomerRow:
    """Bring a customer back that was put away, to its rep of then or another one."""
    access = current_access()
    seen = get_customer_row(access=access, customer_id=str(customer_id))
    with transaction():
        closing.reopen_customers(
            access=access,
            seen={seen.id: seen.owner_id},
            rep_id=str(query["rep"]) if query["rep"] else None,
            at=utc_now(),
            day=business_today(),
        )
    return get_customer_row(access=access, customer_id=seen.id)


def _as_typed(body: dict[str, Any]) -> dict[str, str]:
    """Return the fields as the form of the site has them, which knows what they may be."""
    own = {field.key: field.name for field in fields_in_use()}
    unknown = body["custom_fields"].keys() - own.keys()
    unfit = {key for key, value in body["custom_fields"].items() if isinstance(value, list | dict)}
    if wrong := unknown | unfit:
        raise InvalidInputError(
            {f"custom_fields.{key}": ["There is no such field, or value."] for key in sorted(wrong)}
        )
    given = {name: typed(body[name]).strip() for name in form.FIELDS}
    return given | {own[key]: typed(body["custom_fields"].get(key)) for key in own}
