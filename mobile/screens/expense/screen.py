"""The form of one expense."""

from typing import Any

from kivy.clock import Clock

from mobile.screens.expense.view_model import ExpenseForm
from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.i18n import _

_KEEP_AFTER_S = 0.8


class ExpenseScreen(BoundScreen):
    """Keeps what is typed, and leaves once it is saved."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keeping = Clock.create_trigger(lambda _dt: self.save(), _KEEP_AFTER_S)

    def on_state(self, _: Any, state: ExpenseForm) -> None:
        """Leave once the expense is saved."""
        if state.is_saved:
            self.ways.say(saved_words())
            self.ways.back()

    def typed(self, **words: str) -> None:
        """Take the words at once and keep them soon: a write at every letter would be too much."""
        self.view_model.type(**words)
        self._keeping()

    def save(self) -> None:
        """Keep what was typed."""
        self._keeping.cancel()
        self.view_model.keep()

    def finish(self, *, hand_in: bool) -> None:
        """Record the expense."""
        self.save()
        self.view_model.save(hand_in=hand_in)

    def choose_kind(self) -> None:
        """Ask what the money was spent on."""
        self.ask(
            self.view_model.choose_kind,
            title=_("What for?"),
            choices=self.view_model.kinds(),
            chosen=self.state.kind,
        )

    def choose_day(self) -> None:
        """Ask when it was spent."""
        self.ask(
            self.view_model.choose_day,
            title=_("Which day?"),
            choices=self.view_model.days(),
            chosen=self.state.day,
        )


def saved_words() -> str:
    """Return what is said after saving."""
    return _("The expense is saved.")


load_rules(__file__)
