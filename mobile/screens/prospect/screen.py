"""The form of a new customer."""

from collections.abc import Callable
from functools import partial
from typing import Any

from mobile.screens.own_fields import ask_for
from mobile.screens.prospect.view_model import ProspectState
from mobile.screens.screen import FormScreen
from mobile.widgets.rules import load_rules
from shared.i18n import N_, _


class ProspectScreen(FormScreen):
    """Keeps what is typed, and leads to the customer once it is saved."""

    SAVED = N_("The customer is saved. The office decides on its place and class.")

    def on_state(self, _screen: Any, state: ProspectState) -> None:
        """Go to the customer once it is saved."""
        if state.saved_id and self.manager is not None and self.manager.current == self.name:
            self.ways.say(_(self.SAVED))
            self.ways.back()
            self.ways.customer(state.saved_id)

    def fill_in(self, key: str) -> None:
        """Ask for the value of a custom field."""
        ask_for(self, self.view_model.entry(key), partial(self.view_model.fill_in, key))

    def again(self) -> Callable[[], None]:
        """Return what opens this very form anew."""
        return self.ways.prospect


load_rules(__file__)
