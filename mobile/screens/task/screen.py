"""The form of one task."""

from collections.abc import Callable
from functools import partial

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

    def again(self) -> Callable[[], None]:
        """Return what opens this very form anew."""
        state = self.state
        return partial(
            self.ways.task,
            state.task_id,
            customer_id=state.customer_id,
            visit_id=state.visit_id,
        )


load_rules(__file__)
