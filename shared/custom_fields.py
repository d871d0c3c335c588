"""Custom fields of customers: what a company defines, and which values are possible.

Phone and server judge values by the same functions. On the wire and in change logs a value goes by
the name `custom.<key>`, a field like any other: so patches, merges and conflicts are per field.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.schemas.limits import LONGEST_OWN_KEY, LONGEST_OWN_TEXT, InvalidRecordError
from shared.vocabulary import CUSTOM_FIELD, FieldKind

Value = bool | int | float | str
PREFIX = CUSTOM_FIELD
LONGEST_TEXT = LONGEST_OWN_TEXT
LARGEST_NUMBER = 10**12
MOST_DECIMALS = 6
MOST_FIELDS = 30
"""In use at a time."""
MOST_CHOICES = 50
LONGEST_KEY = LONGEST_OWN_KEY
_FIRST_DAY, _AFTER_LAST_DAY = dt.date(1900, 1, 1), dt.date(2100, 1, 1)
_NUMBER = re.compile(r"[+-]?\d{1,13}([.,]\d{0,9})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One of the values to choose from."""

    key: str
    name: str
    name_id: str = ""
    """In Indonesian; empty: the same."""
    is_retired: bool = False
    """Offered no more; where it is the value, it stays."""

    def name_in(self, language: str) -> str:
        """Return what it is called in a language, `en` or `id`."""
        return (self.name_id or self.name) if language == "id" else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """The definition of a field."""

    key: str
    kind: FieldKind
    position: int
    label: str
    label_id: str = ""
    """In Indonesian; empty: the same."""
    hint: str = ""
    hint_id: str = ""
    is_required: bool = False
    by_reps: bool = False
    """Reps may edit it too, not only the office."""
    choices: tuple[FieldChoice, ...] = ()
    is_retired: bool = False
    """Archived: its values stay and nobody is asked for them."""

    @property
    def name(self) -> str:
        """What its values go by: `custom.<key>`."""
        return PREFIX + self.key

    def label_in(self, language: str) -> str:
        """Return what it is called in a language, `en` or `id`."""
        return (self.label_id or self.label) if language == "id" else self.label

    def hint_in(self, language: str) -> str:
        """Return what helps to fill it in, in a language; perhaps nothing."""
        return (self.hint_id or self.hint) if language == "id" else self.hint

    def choice(self, key: object) -> FieldChoice | None:
        """Return the choice with this key, be it retired; None for no such one."""
        return next((choice for choice in self.choices if choice.key == key), None)

    def offered(self, value: object = None) -> tuple[FieldChoice, ...]:
        """Return the choices to offer where this is the value."""
        return tuple(each for each in self.choices if not each.is_retired or each.key == value)


def field_of(row: Mapping[str, Any]) -> CustomField:
    """Return a definition as it travels and as phones keep it."""
    return CustomField(
        key=row["key"],
        kind=FieldKind(row["kind"]),
        position=row["position"],
        label=row["label"],
        label_id=row["label_id"],
        hint=row["hint"],
        hint_id=row["hint_id"],
        is_required=bool(row["is_required"]),
        by_reps=bool(row["by_reps"]),
        choices=tuple(FieldChoice(*choice) for choice in row["choices"]),
        is_retired=bool(row["is_retired"]),
    )


def check(field: CustomField, value: object) -> Value | None:
    """
    Return the value as it is kept; None takes it out.

    :raises InvalidRecordError: if it is impossible; names the field `custom.<key>`
    """
    if value is None:
        return None
    try:
        return _CHECKS[field.kind](field, value)
    except _ImpossibleError as error:
        raise InvalidRecordError(field.name, error.reason) from error


def check_from_rep(
    fields: Mapping[str, CustomField], given: Iterable[tuple[str, object]]
) -> dict[str, Value | None]:
    """
    Return what a rep says of a customer, by `custom.<key>`, as it is kept.

    A required field may lack its value: what a rep recorded is never refused for that. One that was
    archived meanwhile takes its last value.

    :param fields: every definition there is, by key
    :raises InvalidRecordError: for the first that is impossible, unknown or the office's
    """
    checked = {}
    for name, value in given:
        field = fields.get(name.removeprefix(PREFIX))
        if field is None:
            raise InvalidRecordError(name, "unknown_field")
        if not field.by_reps:
            raise InvalidRecordError(name, "not_yours")
        checked[name] = check(field, value)
    return checked


def read(field: CustomField, text: str) -> Value | None:
    """
    Return what was typed or chosen in a form as a value; nothing is None.

    Numbers may have a point or a comma before their decimals, days are `YYYY-MM-DD`, yes and no are
    `yes` and `no`, a choice is its key.

    :raises InvalidRecordError: if it is impossible, or missing where it is required
    """
    text = " ".join(text.split())
    if not text:
        if field.is_required:
            raise InvalidRecordError(field.name, "missing")
        return None
    return check(field, _READERS.get(field.kind, str)(text))


def typed(value: object, *, mark: str = ".") -> str:
    """
    Return a value as a form holds it; `read` gives it back.

    :param mark: what stands before the decimals of a number
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not _is_number(value):
        return str(value)
    return f"{value:.{MOST_DECIMALS}f}".rstrip("0").rstrip(".").replace(".", mark)


def values_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a customer as it travels, by key; those taken out are left out."""
    return {
        name.removeprefix(PREFIX): value
        for name, value in row.items()
        if name.startswith(PREFIX) and value is not None
    }


class _ImpossibleError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(_field: CustomField, value: object) -> Value:
    if not isinstance(value, str) or not value.strip():
        raise _ImpossibleError("invalid")
    if _CONTROL.search(value):
        raise _ImpossibleError("control_character")
    if len(value) > LONGEST_TEXT:
        raise _ImpossibleError("too_long")
    return value.strip()


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise _ImpossibleError("not_a_number")
    if abs(value) > LARGEST_NUMBER:
        raise _ImpossibleError("out_of_range")
    return value


def _whole(_field: CustomField, value: object) -> Value:
    number = _number(value)
    if number != int(number):
        raise _ImpossibleError("not_whole")
    return int(number)


def _decimal(_field: CustomField, value: object) -> Value:
    number = round(_number(value), MOST_DECIMALS)
    return int(number) if number == int(number) else number


def _day(_field: CustomField, value: object) -> Value:
    try:
        day = dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None:
        raise _ImpossibleError("not_a_day")
    if not _FIRST_DAY <= day < _AFTER_LAST_DAY:
        raise _ImpossibleError("out_of_range")
    return day.isoformat()


def _yes_no(_field: CustomField, value: object) -> Value:
    if not isinstance(value, bool):
        raise _ImpossibleError("not_yes_or_no")
    return value


def _choice(field: CustomField, value: object) -> Value:
    if not isinstance(value, str) or field.choice(value) is None:
        raise _ImpossibleError("unknown_value")
    return value


_CHECKS: Mapping[FieldKind, Callable[[CustomField, object], Value]] = {
    FieldKind.TEXT: _text,
    FieldKind.WHOLE: _whole,
    FieldKind.DECIMAL: _decimal,
    FieldKind.DAY: _day,
    FieldKind.YES_NO: _yes_no,
    FieldKind.CHOICE: _choice,
}


def _read_number(text: str) -> object:
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else text


_READERS: Mapping[FieldKind, Callable[[str], object]] = {
    FieldKind.WHOLE: _read_number,
    FieldKind.DECIMAL: _read_number,
    FieldKind.YES_NO: lambda text: {"yes": True, "no": False}.get(text, text),
}
