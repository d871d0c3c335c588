"""Conditions on the custom fields of customers, for both databases."""

from sqlalchemy import ColumnElement, String, cast

from server.customers.queries.kept_columns import text_of
from shared.custom_fields import CustomField
from shared.vocabulary import FieldKind

NOTHING = "none"
"""Asks for customers without a value."""
_EQUALS = "="


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
