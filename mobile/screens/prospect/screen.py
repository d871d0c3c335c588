"""The form of a new customer."""

from typing import Any

from kivy.clock import Clock

from mobile.screens.prospect.view_model import ProspectState
from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.i18n import _

_KEEP_AFTER_S = 0.8


class ProspectScreen(BoundScreen):
    """Keeps what is typed, and leads to the customer once it is saved."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keeping = Clock.create_trigger(lambda _dt: self.save(), _KEEP_AFTER_S)

    def on_state(self, _: Any, state: ProspectState) -> None:
        """Go to the customer once it is saved."""
        if state.saved_id and self.manager is not None and self.manager.current == self.name:
            self.ways.say(saved_words())
            self.ways.back()
            self.ways.customer(state.saved_id)

    def typed(self, **words: str) -> None:
        """Take the words at once and keep them soon."""
        self.view_model.type(**words)
        self._keeping()

    def save(self) -> None:
        """Keep what was typed as a draft."""
        self._keeping.cancel()
        self.view_model.keep()

    def finish(self) -> None:
        """Add the customer."""
        self.save()
        self.view_model.save()


def saved_words() -> str:
    """Return what is said after saving."""
    return _("The customer is saved. The office decides on its place and class.")


load_rules(__file__)
