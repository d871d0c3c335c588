"""The fields of a customer's form: what stands in them, and what they say."""

import re
from collections.abc import Iterable
from typing import Any

from flask import request
from flask_babel import gettext

from server.currencies.operations.freezing import known_currencies
from server.currencies.queries import list_currencies
from server.customers.queries.customer import CustomerDetail
from server.fields.queries import fields_in_use
from server.platform.errors import InvalidInputError
from server.platform.reporting import reporting
from server.web import formats
from server.web.amounts import decimal_mark
from server.web.field_values import PROBLEMS
from server.web.languages import current_language
from shared.custom_fields import read as read_own
from shared.custom_fields import typed as typed_own
from shared.i18n import N_
from shared.schemas.limits import InvalidRecordError
from shared.vocabulary import CustomerClass

FIELDS = {
    "name": (N_("Name"), 200),
    "customer_class": (N_("Class"), 1),
    "sector": (N_("Sector"), 80),
    "contact_name": (N_("Contact"), 200),
    "phone": (N_("Phone"), 40),
    "email": (N_("E-mail"), 200),
    "address": (N_("Address"), 1000),
    "city": (N_("City"), 120),
    "notes": (N_("Notes"), 4000),
    "radius_m": (N_("Fence radius (m)"), 4),
    "currency": (N_("Currency of orders"), 3),
}
_LARGEST_RADIUS_M = 5000
_POINT = re.compile(r"(-?\d{1,3}(?:\.\d{1,12})?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d{1,12})?)", re.ASCII)


def names() -> list[str]:
    """Return the names of all fields, those of custom ones too."""
    return [*FIELDS, *(field.name for field in fields_in_use())]


def typed(also: Iterable[str] = ()) -> dict[str, str]:
    """Return what was typed, by field; `also` names fields that only this form has."""
    return {name: request.form.get(name, "").strip() for name in (*names(), *also)}


def present(detail: CustomerDetail) -> dict[str, str]:
    """Return what stands in the form of a customer."""
    row = detail.row
    return {
        "name": row.name,
        "customer_class": str(row.customer_class),
        "sector": detail.sector,
        "contact_name": row.contact_name,
        "phone": row.phone,
        "email": detail.email,
        "address": row.address,
        "city": row.city,
        "notes": detail.notes,
        "radius_m": "" if detail.radius_m is None else str(detail.radius_m),
        "currency": row.currency,
        **{
            field.name: typed_own(row.custom_fields.get(field.key), mark=decimal_mark())
            for field in fields_in_use()
        },
    }


def read(given: dict[str, str], errors: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """Return the fields of the form.

    :param errors: what is wrong with fields that only this form has
    :raises InvalidInputError: if one is missing, too long or not of its kind
    """
    errors = dict(errors or {})
    for name, (_, longest) in FIELDS.items():
        if len(given[name]) > longest or "\0" in given[name]:
            errors[name] = [gettext("At most %(count)s characters.", count=longest)]
    if not given["name"]:
        errors["name"] = [gettext("A customer needs a name.")]
    if given["customer_class"] not in set(CustomerClass):
        errors["customer_class"] = [gettext("Choose A, B or C.")]
    radius = given["radius_m"]
    is_radius = not radius or (radius.isascii() and radius.isdigit())
    if not is_radius or (radius and not 10 <= int(radius) <= _LARGEST_RADIUS_M):
        errors["radius_m"] = [gettext("A whole number of metres from 10 to 5000, or nothing.")]
    if given["currency"] and given["currency"] not in known_currencies():
        errors["currency"] = [gettext("There is no currency with this code.")]
    own = {}
    for field in fields_in_use():
        try:
            own[field.name] = read_own(field, given[field.name])
        except InvalidRecordError as error:
            errors[field.name] = [gettext(PROBLEMS[error.reason])]
    if errors:
        raise InvalidInputError(errors)
    return {
        **{name: given[name] for name in FIELDS},
        **own,
        "customer_class": CustomerClass(given["customer_class"]),
        "radius_m": int(radius) if radius else None,
        "currency": "" if given["currency"] == reporting().currency else given["currency"],
    }


def read_point(text: str) -> tuple[float | None, float | None]:
    """
    Return latitude and longitude of a text such as maps give, `-6.17540, 106.82720`.

    :raises ValueError: if it is no point on land or sea; of nothing, both are None
    """
    if not text:
        return None, None
    found = _POINT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    latitude, longitude = float(found[1]), float(found[2])
    # Where both are nothing, a device or a sheet had none.
    if abs(latitude) > 90 or abs(longitude) > 180 or latitude == longitude == 0:
        raise ValueError(text)
    return latitude, longitude


def currencies(chosen: str) -> list[tuple[str, str]]:
    """Return what to choose from, by value: the reporting currency, and those that have a rate."""
    own, *others = list_currencies(reporting_currency=reporting().currency)
    offered = sorted({*others, *({chosen} & known_currencies() - {own})})
    language = current_language()
    return [
        (value, formats.currency_name(value or own, language=language)) for value in ("", *offered)
    ]


def for_template(given: dict[str, str], problem: object = None) -> dict[str, Any]:
    """Return what `customers/fields.html` shows."""
    return {
        "given": given,
        "fields": FIELDS,
        "own_fields": fields_in_use(),
        "classes": list(CustomerClass),
        "currencies": currencies(given["currency"]),
        "errors": problem.errors if isinstance(problem, InvalidInputError) else {},
    }
