"""Custom fields of a customer on the phone: shown in words, and asked for on a sheet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from mobile.screens.formats import number, short_day
from mobile.screens.view_model import RowState
from mobile.services.customer_views import OwnValue
from shared.custom_fields import CustomField, Value, typed
from shared.i18n import N_, _, current_language
from shared.schemas.limits import InvalidRecordError
from shared.vocabulary import FieldKind

CLEAR = "clear"
_PREFIX = "field."
_NUMBERS = (FieldKind.WHOLE, FieldKind.DECIMAL)
_PROBLEMS = {
    "missing": N_("The company needs this. Fill it in."),
    "not_a_number": N_("This is not a number."),
    "not_whole": N_("Write a whole number."),
    "not_a_day": N_("Write the day as year-month-day, such as 2026-12-31."),
    "out_of_range": N_("This is out of range."),
    "too_long": N_("This is too long."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a sheet asks, to fill in a field."""

    title: str
    text: str
    value: str
    is_number: bool
    choices: tuple[tuple[str, str, str], ...]
    """As (text, icon, words); with what takes the value out."""
    is_written: bool


class Asking(Protocol):
    """A screen."""

    def ask(self, take: Callable[[str], None], **what: Any) -> None:
        """Ask on a sheet, and hand over what was written or chosen."""


def key_of(row_key: str) -> str:
    """Return the key of the field that a row shows; empty for another row."""
    return row_key.removeprefix(_PREFIX) if row_key.startswith(_PREFIX) else ""


def rows(own: tuple[OwnValue, ...], today: date) -> tuple[RowState, ...]:
    """Return a row for each field; those that the rep may fill in can be opened."""
    return tuple(
        RowState(
            key=_PREFIX + one.field.key,
            icon="file-document-outline",
            icon_tone="unknown" if one.value is None else "primary",
            title=one.field.label_in(current_language()),
            detail=value_words(one.field, one.value, today),
            can_open=one.field.by_reps,
        )
        for one in own
    )


def value_words(field: CustomField, value: Value | None, today: date) -> str:
    """Return a value in the phone's language."""
    if value is None:
        return _("Not filled in yet")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int | float):
        return number(value, len(typed(value).partition(".")[2]))
    if field.kind is FieldKind.DAY:
        return short_day(date.fromisoformat(value), today)
    choice = field.choice(value)
    return choice.name_in(current_language()) if choice else value


def entry(own: OwnValue) -> Entry:
    """Return what to ask for a field."""
    field, language = own.field, current_language()
    choices: list[tuple[str, str, str]] = []
    if field.kind is FieldKind.YES_NO:
        choices = [("yes", "check", _("Yes")), ("no", "close", _("No"))]
    elif field.kind is FieldKind.CHOICE:
        choices = [
            (choice.key, "file-document-outline", choice.name_in(language))
            for choice in field.offered(own.value)
        ]
    is_written = not choices
    if own.value is not None and not field.is_required:
        choices.append((CLEAR, "close", _("Take the answer back")))
    return Entry(
        title=field.label_in(language),
        text=field.hint_in(language),
        value=typed(own.value),
        is_number=field.kind in _NUMBERS,
        choices=tuple(choices),
        is_written=is_written,
    )


def problem(error: InvalidRecordError) -> str:
    """Return what is wrong with what was typed."""
    return _(_PROBLEMS.get(error.reason, N_("This cannot be saved. Check it.")))


def ask_for(
    screen: Asking, entry: Entry, fill_in: Callable[[str], str], *, text: str = "", wrong: str = ""
) -> None:
    """
    Ask for the value of a field on a sheet, until it is possible or given up.

    :param fill_in: takes what was written or chosen; returns what is wrong with it, or nothing
    :param text: what was written before, and is wrong
    """

    def take(given: str) -> None:
        problem = fill_in(given)
        if problem:
            ask_for(screen, entry, fill_in, text=given, wrong=problem)

    screen.ask(
        take,
        title=entry.title,
        text=wrong or entry.text,
        field=entry.title if entry.is_written else "",
        value=(text if wrong else entry.value) if entry.is_written else "",
        is_number=entry.is_number,
        choices=list(entry.choices),
        confirm=_("Save") if entry.is_written else "",
        cancel=_("Close"),
    )
