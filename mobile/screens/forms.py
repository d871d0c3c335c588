"""What the small forms share: days to choose from, words for what is wrong, drafts."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar

from mobile.screens.formats import short_day
from mobile.screens.view_model import Drafts, ViewModel
from shared.i18n import N_, _
from shared.schemas.limits import InvalidRecordError

NO_DAY = "none"
Choices = list[tuple[str, str, str]]
"""Of (key, icon, words), as a sheet takes them."""

_PROBLEMS = {
    "missing": N_("Write something here."),
    "too_long": N_("This is too long. Shorten it."),
    "control_character": N_("There is a character here that cannot be saved. Delete it."),
    "out_of_range": N_("This number is not possible. Check it."),
}


def field_problem(error: InvalidRecordError) -> str:
    """Return what is wrong with a field and what to do."""
    return _(_PROBLEMS.get(error.reason, N_("This cannot be saved. Check it.")))


def days_ahead(today: date) -> Choices:
    """Return days a task is likely to be due on."""
    days = [today + timedelta(days=ahead) for ahead in (0, 1, 2, 3, 7, 14, 30)]
    choices = [(day.isoformat(), "calendar-today", short_day(day, today)) for day in days]
    return [*choices, (NO_DAY, "calendar-clock", _("No day"))]


def days_back(today: date, *, count: int) -> Choices:
    """Return the last days, today first."""
    days = [today - timedelta(days=back) for back in range(count)]
    return [(day.isoformat(), "calendar-today", short_day(day, today)) for day in days]


def read_day(key: str) -> date | None:
    """Return the day a choice stands for."""
    return None if key in ("", NO_DAY) else date.fromisoformat(key)


class DraftKeeper:
    """Keeps what is typed into a form, so that a kill loses none of it."""

    def __init__(self, drafts: Drafts, name: str) -> None:
        self._drafts = drafts
        self._name = name
        self._is_discarded = False

    def read(self) -> dict[str, Any]:
        """Return what was kept, as the form is opened; empty where nothing was."""
        self._is_discarded = False
        kept: dict[str, Any] = json.loads(self._drafts.get(self._name) or "{}")
        return kept

    def keep(self, fields: dict[str, Any]) -> None:
        """Keep it, in place of what was kept before; not of a form that was discarded."""
        if not self._is_discarded:
            self._drafts.set(self._name, json.dumps(fields))

    def clear(self) -> None:
        """Forget it."""
        self._drafts.set(self._name, "")

    def discard(self) -> Callable[[], None]:
        """Forget it until the form is opened again; return what brings it back."""
        kept = self._drafts.get(self._name)
        self.clear()
        self._is_discarded = True
        return partial(self._drafts.set, self._name, kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormState:
    """What every form shows: what is wrong with its fields."""

    problems: tuple[tuple[str, str], ...] = ()
    """Of (field, words)."""
    can_discard: bool = False
    """Whether the form holds something that is not saved."""

    def problem(self, field: str) -> str:
        """Return what is wrong with a field."""
        return dict(self.problems).get(field, "")


Form = TypeVar("Form", bound=FormState)


class FormViewModel(ViewModel[Form]):
    """Takes what is typed; the screen then has `keep` keep it for good."""

    _draft: DraftKeeper
    _untouched: Mapping[str, Any] = {}
    """What the form's fields held when it was opened, without what was kept."""

    def discard(self) -> Callable[[], None]:
        """Forget what is not saved; return what brings it back."""
        return self._draft.discard()

    def type(self, **words: str) -> None:
        """Take what was typed into fields, by their names."""
        if any(getattr(self.state, name) != text for name, text in words.items()):
            typed: dict[str, Any] = {**words, "problems": ()}
            self._render(replace(self.state, **typed))

    def _render(self, state: Form) -> None:
        """Show a state; a form that puts fields into words does so here."""
        self._show(state)

    def _is_touched(self, state: Form) -> bool:
        """Whether the form holds something that is not saved."""
        return any(getattr(state, name) != value for name, value in self._untouched.items())

    def _show(self, state: Form) -> None:
        super()._show(replace(state, can_discard=self._is_touched(state)))
