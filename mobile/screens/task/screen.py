"""The form of one task."""

from typing import Any

from kivy.clock import Clock

from mobile.screens.screen import BoundScreen
from mobile.screens.task.view_model import TaskState
from mobile.widgets.rules import load_rules
from shared.i18n import _

_KEEP_AFTER_S = 0.8


class TaskScreen(BoundScreen):
    """Keeps what is typed, and leaves once it is saved."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keeping = Clock.create_trigger(lambda _dt: self.save(), _KEEP_AFTER_S)

    def on_state(self, _: Any, state: TaskState) -> None:
        """Leave once the task is saved."""
        if state.is_saved:
            self.ways.say(saved_words())
            self.ways.back()

    def typed(self, **words: str) -> None:
        """Take the words at once and keep them soon: a write at every letter would be too much."""
        self.view_model.type(**words)
        self._keeping()

    def save(self) -> None:
        """Keep what was typed as a draft."""
        self._keeping.cancel()
        self.view_model.keep()

    def finish(self) -> None:
        """Save the task."""
        self.save()
        self.view_model.save()

    def choose_day(self) -> None:
        """Ask when it is due."""
        self.ask(
            self.view_model.choose_day,
            title=_("Until when?"),
            choices=self.view_model.days(),
            chosen=self.state.due,
        )


def saved_words() -> str:
    """Return what is said after saving."""
    return _("The task is saved.")


load_rules(__file__)
