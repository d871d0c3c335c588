"""What the page and the endpoint of conflicts take and give, and its words."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from flask_babel import gettext
from marshmallow import Schema, fields, validate

from server.fields.queries import definitions
from server.platform.errors import ProblemError
from server.platform.paging import PageQuerySchema, PageSchema
from server.web import formats
from server.web.field_values import field_label
from server.web.field_values import value_words as own_words
from server.web.languages import current_language
from server.web.words import Word
from shared.custom_fields import PREFIX
from shared.i18n import N_
from shared.sync.protocol import Status

RECORDS = {
    "visit": N_("Visit"),
    "check_in": N_("Check-in"),
    "check_out": N_("Check-out"),
    "deal": N_("Deal"),
    "customer": N_("Customer"),
    "task": N_("Task"),
    "expense": N_("Expense"),
    "stop": N_("Stop"),
    "photo": N_("Photo"),
    "track": N_("Route"),
    "start_day": N_("Start of day"),
    "end_day": N_("End of day"),
    "consent": N_("Consent"),
    "signal": N_("Signal"),
}
STATUSES = {
    Status.CONFLICT: Word(N_("Conflict"), "warn", "swap-horizontal"),
    Status.REJECTED: Word(N_("Refused"), "bad", "alert-outline"),
}
OPEN = Word(N_("Open"), "warn", "clock-outline")
SOLVED = Word(N_("Solved"), "good", "check")

_FIELDS = {
    "name": N_("Name"),
    "title": N_("Title"),
    "note": N_("Notes"),
    "notes": N_("Notes"),
    "contact_name": N_("Contact"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "address": N_("Address"),
    "city": N_("City"),
    "stage_key": N_("Stage"),
    "amount_minor": N_("Amount"),
    "lines": N_("Lines"),
    "expected_close_on": N_("Expected close"),
    "lost_reason": N_("Reason"),
    "reason": N_("Reason"),
    "state": N_("State"),
    "due_on": N_("Due"),
    "day": N_("Day"),
    "kind": N_("Kind"),
    "currency": N_("Currency"),
}
_REASONS = {
    "not_allowed": N_("The customer is another rep's."),
    "moved": N_("It belongs to another rep by now."),
    "id_reused": N_("Another record has this id already."),
    "group": N_("It belongs to another record that was refused."),
    "internal": N_(
        "The server failed at it. The line is kept; tell whoever looks after the server."
    ),
}
_LONGEST = 300


def record_word(entity: str) -> str:
    """Return what kind of record this is."""
    kind = entity.partition(".")[0]
    return gettext(RECORDS[kind]) if kind in RECORDS else entity


def reason_words(code: str, field: str) -> str:
    """Return why a record was refused."""
    if code in _REASONS:
        return gettext(_REASONS[code])
    if code in _titles():
        return gettext(_titles()[code])
    if field:
        return gettext("%(field)s cannot be so: %(code)s", field=field_word(field), code=code)
    return code


@cache
def _titles() -> Mapping[str, str]:
    return {error.code: error.title for error in _below(ProblemError) if error.title}


def _below(error: type[ProblemError]) -> Iterator[type[ProblemError]]:
    for each in error.__subclasses__():
        yield each
        yield from _below(each)


def field_word(name: str) -> str:
    """Return what a field is called."""
    if name.startswith(PREFIX):
        return field_label(definitions(), name)
    return gettext(_FIELDS[name]) if name in _FIELDS else name


def value_words(
    name: str, value: Any, currency: str, products: Mapping[str, str] | None = None
) -> str:
    """Return a value as people read it.

    :param products: names by id, for the lines of an order
    """
    if value is None or value == "":
        return "–"
    field = definitions().get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    if field is not None:
        return own_words(field, value)
    if name.endswith("_minor") and isinstance(value, int):
        return formats.money(value, currency, language=current_language())
    if name == "lines" and isinstance(value, list):
        return ", ".join(_line_words(line, currency, products or {}) for line in value)[:_LONGEST]
    return str(value)[:_LONGEST]


def _line_words(line: Any, currency: str, products: Mapping[str, str]) -> str:
    try:
        product, quantity = str(line["product_id"]), int(line["quantity"])
        price = int(line["unit_price_minor"])
    except (KeyError, TypeError, ValueError):
        return str(line)
    money = formats.money(price, currency, language=current_language())
    count = formats.number(quantity, language=current_language())
    return f"{count} × {products.get(product, product)} ({money})"


def values_in_words(values: Mapping[str, Any], currency: str) -> str:
    """Return all values in one text, for a cell of a spreadsheet."""
    return "; ".join(
        f"{field_word(name)}: {value_words(name, value, currency)}"
        for name, value in values.items()
    )


class ConflictQuerySchema(PageQuerySchema):
    """Which of them."""

    open = fields.Boolean()
    status = fields.String(validate=validate.OneOf([str(status) for status in STATUSES]))
    entity = fields.String(validate=validate.OneOf(list(RECORDS)))
    rep = fields.UUID()
    team = fields.UUID()
    search = fields.String(load_default="", validate=validate.Length(max=100))


class ConflictRowSchema(Schema):
    """A change of a phone that was not taken as sent."""

    device_id = fields.String()
    sequence = fields.Integer()
    device_name = fields.String()
    rep_id = fields.String()
    rep_name = fields.String()
    entity = fields.String()
    record_id = fields.String()
    about = fields.String()
    status = fields.String()
    code = fields.String()
    field = fields.String()
    received_at = fields.DateTime()
    captured_at = fields.DateTime(allow_none=True)
    mine = fields.Dict()
    theirs = fields.Dict()
    is_open = fields.Boolean()
    is_changed_since = fields.Boolean()
    solved_at = fields.DateTime(allow_none=True)
    solver_name = fields.String(allow_none=True)


class ConflictPageSchema(PageSchema):
    """A page of the list."""

    rows = fields.List(fields.Nested(ConflictRowSchema))
