"""What is recorded about the rep."""

from pathlib import Path

from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.i18n import _
from shared.signals import RULES


class RecordsScreen(BoundScreen):
    """Explains, lets a day be chosen, and saves a copy."""

    def explain(self, _key: str = "") -> None:
        """Say what is recorded, for whom and for how long."""
        self.ask(
            lambda _key: None,
            title=_("What is recorded"),
            text=_(
                "From the start to the end of your day: your visits with position, accuracy and "
                "time, orders and notes, and your route. Your manager sees it, and you see "
                "everything your manager sees. Before and after your day, nothing. The route is "
                "deleted after the time your company has set; visits stay."
            ),
            cancel=_("Close"),
        )

    def switch_route(self, *, is_wanted: bool) -> None:
        """Let the route be recorded, or not any more; say first what that means."""
        words = (
            _(
                "From now on your route is recorded from the start to the end of your day. You can "
                "switch it off again at any time."
            )
            if is_wanted
            else _(
                "Your route is not recorded any more, from this moment on. Visits are still "
                "recorded with their position. What was recorded before stays as long as your "
                "company has set."
            )
        )
        self.ask(
            lambda _key: self.view_model.record_route(is_wanted=is_wanted),
            title=_("Record my route"),
            text=words,
            confirm=_("I agree") if is_wanted else _("Switch it off"),
            cancel=_("Leave it"),
        )

    def open_signal(self, key: str) -> None:
        """Explain a signal; who has not answered yet may."""
        signal, words = self.view_model.signal(key)
        can_answer = not signal.answer
        self.ask(
            lambda text: self.view_model.answer(key, text),
            title=_(RULES[signal.rule].name),
            text=words,
            field=_("Your answer, once") if can_answer else "",
            confirm=_("Send the answer") if can_answer else "",
            cancel=_("Close"),
        )

    def choose_day(self) -> None:
        """Ask whose day's route is to be shown."""
        choices, chosen = self.view_model.days()
        self.ask(
            self.view_model.show_day, title=_("Route of the day"), choices=choices, chosen=chosen
        )

    def save_copy(self) -> None:
        """Save a copy, and say where it is."""
        self.view_model.save_copy(self._say_where)

    def _say_where(self, file: Path) -> None:
        self.ask(
            lambda _key: None,
            title=_("The copy is saved"),
            text="\n\n".join(
                (
                    _("File: %(name)s", name=file.name),
                    _("Folder: %(folder)s", folder=file.parent),
                    self.state.copy,
                    _(
                        "It says where you were and when: give it only to people you trust. "
                        "Signing out deletes it, so copy it elsewhere before."
                    ),
                )
            ),
            cancel=_("Close"),
        )


load_rules(__file__)
