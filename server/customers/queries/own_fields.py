"""Conditions on the custom fields of customers, for both databases."""

from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast

from server.customers.models import Customer
from server.customers.queries.kept_columns import text_of
from server.platform.sql import json_number
from shared.custom_fields import CustomField, Value
from shared.vocabulary import FieldKind

NOTHING = "none"
"""Asks for customers without a value."""
_EQUALS = "="
_LIKE_A_DAY = "____-__-__"


def has_value(field: CustomField, wanted: str) -> ColumnElement[bool]:
    """
    Return the condition on a row of `Customer` that a filter asks for.

    :param wanted: `yes`, `no`, the key of a choice or a part of a text, with `=` before it all of
        the text; `none`: no value
    """
    text = text_of(field.key)
    if wanted == NOTHING and field.kind is not FieldKind.TEXT:
        return text.is_(None)
    if field.kind is FieldKind.YES_NO:
        # What JSON writes as true and false comes out of SQLite as numbers.
        return cast(text, String).in_(["true", "1"] if wanted == "yes" else ["false", "0"])
    if field.kind is FieldKind.TEXT and not wanted.startswith(_EQUALS):
        return text.icontains(wanted, autoescape=True)
    return text == wanted.removeprefix(_EQUALS).strip()


def in_range(field: CustomField, low: Value | None, high: Value | None) -> ColumnElement[bool]:
    """
    Return the condition on a row of `Customer` that its number or day lies within bounds.

    Both bounds are within; None: no bound. What an import left as another kind lies nowhere.
    """
    value: Any
    if field.kind is FieldKind.DAY:
        text = text_of(field.key)
        value = case((text.like(_LIKE_A_DAY), text))
    else:
        value = json_number(Customer.custom_fields, field.key)
    bounds = [
        value >= low if low is not None else None,
        value <= high if high is not None else None,
    ]
    return and_(*(bound for bound in bounds if bound is not None))
