"""What phones wrote and what it was, as people read it."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext, ngettext

from server.conflicts.pages.words import FIELDS, field_word
from server.conflicts.queries import ConflictRow
from server.fields.queries import definitions
from server.web import formats
from server.web.field_values import value_words as own_words
from server.web.languages import current_language
from server.web.words import (
    EXPENSE_KINDS,
    EXPENSE_STATES,
    NO_SALE_REASONS,
    TASK_STATES,
    VERDICTS,
    VISIT_STATES,
    Word,
    shown,
)
from shared.custom_fields import PREFIX
from shared.vocabulary import ExpenseKind

_LISTED: Mapping[tuple[str, str], Mapping[Any, str | Word]] = {
    ("expense", "kind"): EXPENSE_KINDS,
    ("expense", "state"): EXPENSE_STATES,
    ("task", "state"): TASK_STATES,
    ("visit", "state"): VISIT_STATES,
    ("visit", "no_sale_reason"): NO_SALE_REASONS,
    ("check_in", "verdict"): VERDICTS,
    ("check_out", "verdict"): VERDICTS,
}
"""By entity and field: what the values of a closed list are called."""
_LONGEST = 300


@dataclass(frozen=True)
class Names:
    """What values are called that stand for something else, by id or key."""

    products: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)


def about_words(row: ConflictRow) -> str:
    """Return what it is about as people know it; its id where nothing else is to be told."""
    if row.about_day is None:
        return row.about or row.record_id
    kind = gettext(EXPENSE_KINDS[ExpenseKind(row.about)])
    return f"{kind}, {formats.day(row.about_day, language=current_language())}"


def written(row: ConflictRow, currency: str, names: Names) -> list[tuple[str, str]]:
    """Return what the rep wrote otherwise than it was, by field.

    :param currency: of amounts of which none is known
    """
    return _for_people(row, row.differing, row.mine, currency, names)


def was(row: ConflictRow, currency: str, names: Names) -> list[tuple[str, str]]:
    """Return what the same fields were, by field, and the state the record was in."""
    return _for_people(row, [*row.differing, *row.standing], row.theirs, currency, names)


def all_values(row: ConflictRow, values: Mapping[str, Any], currency: str) -> str:
    """Return all values in one text, for a cell of a spreadsheet."""
    return "; ".join(
        f"{field_word(name)}: {_words(row, name, value, currency, Names())}"
        for name, value in values.items()
    )


def _for_people(
    row: ConflictRow, fields: Iterable[str], values: Mapping[str, Any], currency: str, names: Names
) -> list[tuple[str, str]]:
    return [
        (field_word(name), _words(row, name, values[name], currency, names))
        for name in fields
        if name in values and (name in FIELDS or name.startswith(PREFIX))
    ]


def _words(row: ConflictRow, name: str, value: Any, currency: str, names: Names) -> str:
    if value is None or value == "":
        return formats.NOTHING
    try:
        words = _say(row.entity, name, value, row.currency or currency, names)
        return words[:_LONGEST]
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return str(value)[:_LONGEST]  # a phone may have sent anything


def _say(entity: str, name: str, value: Any, currency: str, names: Names) -> str:
    if name.startswith(PREFIX):
        return own_words(definitions()[name.removeprefix(PREFIX)], value)
    if (entity, name) in _LISTED:
        word = _LISTED[entity, name][value]
        return gettext(word if isinstance(word, str) else word.label)
    match name:
        case "amount_minor":
            return _money(value, currency)
        case "lines":
            return ", ".join(_line(line, currency, names.products) for line in value)
        case "stage_key":
            return shown(names.stages[value])
    return _SAID.get(name, str)(value)


def _money(value: Any, currency: str) -> str:
    return formats.money(value, currency, language=current_language())


def _line(line: Any, currency: str, products: Mapping[str, str]) -> str:
    product, quantity = str(line["product_id"]), int(line["quantity"])
    money = _money(int(line["unit_price_minor"]), currency)
    count = formats.number(quantity, language=current_language())
    return f"{count} × {products.get(product, product)} ({money})"


def _day(value: Any) -> str:
    return formats.day(dt.date.fromisoformat(value), language=current_language())


def _distance(value: Any) -> str:
    return formats.distance(value, language=current_language())


def _position(value: Any) -> str:
    latitude, longitude = float(value["latitude"]), float(value["longitude"])
    return f"{latitude:.5f}, {longitude:.5f} ± {_distance(float(value['accuracy_m']))}"


def _yes_or_no(value: Any) -> str:
    return gettext("Yes") if value else gettext("No")


def _count(value: Any) -> str:
    return ngettext("%(num)s answer", "%(num)s answers", len(value))


_SAID: Mapping[str, Callable[[Any], str]] = {
    "expected_close_on": _day,
    "due_on": _day,
    "day": _day,
    "mileage_m": _distance,
    "source": shown,
    "lost_reason": shown,
    "fix": _position,
    "form_answers": _count,
    "given": _yes_or_no,
}
"""By field; each raises an error that `_words` expects where the value is none of these."""
