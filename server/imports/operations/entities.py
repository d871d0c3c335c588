"""The table of everything that can be imported, by the name a mapping gives it."""

from collections.abc import Mapping

from server.currencies.operations.freezing import known_currencies
from server.fields.queries import definitions
from server.imports.operations import mapping as mappings
from server.imports.operations.calendar import HOLIDAY, RAMP, WORKING_TIME
from server.imports.operations.catalogue import CUSTOM, CUSTOMER, PRICE, PRODUCT
from server.imports.operations.context import Entity
from server.imports.operations.currencies import RATE
from server.imports.operations.deals import DEAL
from server.imports.operations.figures import COST, TARGET
from server.imports.operations.mapping import Rule
from server.imports.operations.mapping_file import WrongMappingError
from server.imports.operations.own_fields import field_for
from server.imports.operations.people import TEAM, USER
from server.imports.operations.planning import STOP
from server.imports.operations.values import Field, money_in

ENTITIES: dict[str, Entity] = {
    "team": TEAM,
    "user": USER,
    "customer": CUSTOMER,
    "product": PRODUCT,
    "deal": DEAL,
    "stop": STOP,
    "target": TARGET,
    "cost": COST,
    "working_time": WORKING_TIME,
    "ramp": RAMP,
    "holiday": HOLIDAY,
    "exchange_rate": RATE,
}


PRICES = {code: Field(money_in(code), empty=None) for code in known_currencies()}
"""The fields `price.<currency>` of a product."""


def field_of(fields: Mapping[str, Field], name: str) -> Field | None:
    """Return the field a mapping names; `custom.<key>` is a custom field, or a column to keep."""
    if fields is PRODUCT.fields and name.startswith(PRICE):
        return PRICES.get(name.removeprefix(PRICE))
    if fields is CUSTOMER.fields and name.startswith(CUSTOM) and len(name) > len(CUSTOM):
        return field_for(definitions().get(name.removeprefix(CUSTOM)))
    return fields.get(name)


def check_mapping(mapping: mappings.Mapping) -> None:
    """Check that the mapping names what exists.

    :raises WrongMappingError: if entities or fields are unknown, or required fields not mapped
    """
    errors: dict[str, list[str]] = {}
    for number, step in enumerate(mapping.step):
        entity = ENTITIES.get(step.entity)
        place = f"step.{number}"
        if entity is None:
            errors[f"{place}.entity"] = [f"Must be one of: {', '.join(ENTITIES)}."]
            continue
        errors |= _wrong_fields(f"{place}.fields", entity.fields, step.fields)
        if step.lines is not None:
            errors |= _wrong_fields(f"{place}.lines.fields", entity.line_fields, step.lines.fields)
    if errors:
        raise WrongMappingError(errors)


def _wrong_fields(
    place: str, fields: Mapping[str, Field], rules: dict[str, Rule]
) -> dict[str, list[str]]:
    wrong = {
        f"{place}.{name}": ["There is no such field."]
        for name in rules
        if field_of(fields, name) is None
    }
    missing = {
        f"{place}.{name}": ["Must be mapped."]
        for name, field in fields.items()
        if field.required and name not in rules
    }
    return wrong | missing
