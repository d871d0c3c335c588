"""The form of one task."""

from mobile.screens.screen import FormScreen
from mobile.widgets.rules import load_rules
from shared.i18n import N_, _


class TaskScreen(FormScreen):
    """Keeps what is typed, and leaves once it is saved."""

    SAVED = N_("The task is saved.")

    def choose_day(self) -> None:
        """Ask when it is due."""
        self.ask(
            self.view_model.choose_day,
            title=_("Until when?"),
            choices=self.view_model.days(),
            chosen=self.state.due,
        )


load_rules(__file__)
