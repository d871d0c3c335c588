"""Both values of a conflict in words: what the rep recorded, and what the office has."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Protocol

from mobile.screens.formats import day_name, money, number
from mobile.screens.words import EXPENSE_KINDS, EXPENSE_STATES, TASK_STATES, given_words
from mobile.services.deal_views import StageView
from shared.i18n import N_, _, ngettext
from shared.vocabulary import ExpenseKind, ExpenseState, TaskState


class Pipeline(Protocol):
    """Knows the names of stages, and the currency."""

    def stages(self) -> Sequence[StageView]:
        """Return the stages."""

    def currency(self) -> str:
        """Return the organisation's currency."""


_NAMES = {
    "stage_key": N_("Stage"),
    "amount_minor": N_("Amount"),
    "lines": N_("Products"),
    "expected_close_on": N_("Expected close"),
    "lost_reason": N_("Reason"),
    "due_on": N_("Do it by"),
    "day": N_("Day"),
    "kind": N_("Kind"),
    "state": N_("State"),
    "mileage_m": N_("Mileage"),
    "currency": N_("Currency"),
    "note": N_("Notes"),
    "notes": N_("Notes"),
    "title": N_("Title"),
}


def both_values(
    mine: dict[str, Any] | None, theirs: dict[str, Any] | None, *, pipeline: Pipeline
) -> str:
    """Return what differs, field by field; empty where the office has no value of its own."""
    if mine is None or theirs is None:
        return ""
    currency = theirs.get("currency") or mine.get("currency") or pipeline.currency()
    parts = []
    for name, value in mine.items():
        other = theirs.get(name, value)
        if value == other:
            continue
        heading = _(_NAMES[name]) + "\n" if name in _NAMES else ""
        said = name
        if name == "lines" and not other:
            said, other = "amount_minor", theirs.get("amount_minor")  # it has said that alone
        words = _(
            "You: %(mine)s\nThe office: %(theirs)s",
            mine=_words(name, value, pipeline, currency),
            theirs=_words(said, other, pipeline, currency),
        )
        parts.append(heading + words)
    return "\n\n".join(parts)


def _words(name: str, value: Any, pipeline: Pipeline, currency: str) -> str:
    if value in (None, "", []):
        return "–"
    if name == "stage_key":
        return _stage(value, pipeline)
    reader = _READERS.get(name)
    return reader(value, currency) if reader else str(value)


def _stage(value: str, pipeline: Pipeline) -> str:
    return next((given_words(one.name) for one in pipeline.stages() if one.key == value), value)


def _lines(value: list[dict[str, Any]], currency: str) -> str:
    total = sum(
        line["quantity"] * line["unit_price_minor"] - line.get("discount_minor", 0)
        for line in value
    )
    words = ngettext("%(count)s product", "%(count)s products", len(value))
    return f"{words}, {money(total, currency)}"


def _state(value: str, _currency: str) -> str:
    if value in set(TaskState):
        return _(TASK_STATES[TaskState(value)])
    return _(EXPENSE_STATES[ExpenseState(value)]) if value in set(ExpenseState) else value


def _kind(value: str, _currency: str) -> str:
    return _(EXPENSE_KINDS[ExpenseKind(value)]) if value in set(ExpenseKind) else value


def _day(value: str, _currency: str) -> str:
    day = date.fromisoformat(value)
    return f"{day_name(day)} {day.year}"


def _distance(value: int, _currency: str) -> str:
    return f"{number(value / 1000, 1)} km"


_READERS: dict[str, Callable[[Any, str], str]] = {
    "amount_minor": money,
    "lines": _lines,
    "state": _state,
    "kind": _kind,
    "day": _day,
    "due_on": _day,
    "expected_close_on": _day,
    "mileage_m": _distance,
}
