"""The form of one expense."""

from collections.abc import Callable
from functools import partial

from mobile.screens.screen import FormScreen, ShowsPhotos
from mobile.widgets.rules import load_rules
from shared.i18n import N_, _


class ExpenseScreen(FormScreen, ShowsPhotos):
    """Keeps what is typed, and leaves once it is saved."""

    SAVED = N_("The expense is saved.")

    def choose_kind(self) -> None:
        """Ask what the money was spent on."""
        self.ask(
            self.view_model.choose_kind,
            title=_("What for?"),
            choices=self.view_model.kinds(),
            chosen=self.state.kind,
        )

    def choose_currency(self) -> None:
        """Ask which money it was."""
        self.ask(
            self.view_model.choose_currency,
            title=_("Which currency?"),
            choices=self.view_model.currencies(),
            chosen=self.state.currency,
        )

    def choose_day(self) -> None:
        """Ask when it was spent."""
        self.ask(
            self.view_model.choose_day,
            title=_("Which day?"),
            choices=self.view_model.days(),
            chosen=self.state.day,
        )

    def again(self) -> Callable[[], None]:
        """Return what opens this very form anew."""
        return partial(self.ways.expense, self.state.expense_id)


load_rules(__file__)
