"""Custom fields of customers and their values, as people read them."""

import datetime as dt

from flask_babel import gettext

from server.web import formats
from server.web.languages import current_language
from shared.custom_fields import PREFIX, CustomField, typed
from shared.i18n import N_
from shared.vocabulary import FieldKind

KINDS = {
    FieldKind.TEXT: N_("Words"),
    FieldKind.WHOLE: N_("A whole number"),
    FieldKind.DECIMAL: N_("A number with decimals"),
    FieldKind.DAY: N_("A day"),
    FieldKind.YES_NO: N_("Yes or no"),
    FieldKind.CHOICE: N_("A choice from a list"),
}
PROBLEMS = {
    "missing": N_("This is missing."),
    "invalid": N_("This is not possible."),
    "control_character": N_("There is a sign in it that cannot be kept."),
    "too_long": N_("At most 200 characters."),
    "not_a_number": N_("This is not a number."),
    "not_whole": N_("Write a whole number."),
    "out_of_range": N_("This is out of range."),
    "not_a_day": N_("Choose a day."),
    "not_yes_or_no": N_("Choose yes or no."),
    "unknown_value": N_("Choose one from the list."),
}
"""Why a value is impossible, by the code of `shared.custom_fields.read`."""


def value_words(field: CustomField, value: object) -> str:
    """Return a value in the reader's language; nothing is a dash."""
    language = current_language()
    if value is None:
        return formats.NOTHING
    match field.kind, value:
        case FieldKind.YES_NO, bool():
            return gettext("Yes") if value else gettext("No")
        case ((FieldKind.WHOLE | FieldKind.DECIMAL), int() | float()):
            decimals = len(typed(value).partition(".")[2])
            return formats.number(value, decimals, language=language)
        case FieldKind.DAY, str():
            return formats.day(dt.date.fromisoformat(value), language=language)
        case FieldKind.CHOICE, _ if choice := field.choice(value):
            return choice.name_in(language)
    return str(value)


def value_cell(field: CustomField, value: object) -> object:
    """Return a value for a table of a spreadsheet: a number stays one."""
    if value is None:
        return ""
    is_number = field.kind in (FieldKind.WHOLE, FieldKind.DECIMAL)
    if field.kind is FieldKind.DAY or (is_number and not isinstance(value, str)):
        return value
    return value_words(field, value)


def field_label(fields: dict[str, CustomField], name: str) -> str:
    """Return what a field is called, by its key or `custom.<key>`; one not defined by its key."""
    key = name.removeprefix(PREFIX)
    field = fields.get(key)
    return field.label_in(current_language()) if field else key
