"""The settings."""

from collections.abc import Callable

from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.i18n import _

Choices = tuple[list[tuple[str, str, str]], str]


class SettingsScreen(BoundScreen):
    """Each choice is a sheet."""

    def choose(self, title: str, choices: Choices, keep: Callable[[str], None]) -> None:
        """Open a sheet with choices, the current one ticked."""
        options, chosen = choices
        self.ask(keep, title=title, choices=options, chosen=chosen)

    def sign_out(self) -> None:
        """Sign out after a question; explain where it must wait."""
        self.view_model.refresh()
        if self.state.refusal:
            self.ask(
                lambda _key: self.ways.tab("sync"),
                title=_("Not yet"),
                text=self.state.refusal,
                confirm=_("Go to Sync"),
                cancel=_("Close"),
            )
            return
        self.ask(
            self._sign_out,
            title=_("Sign out?"),
            text=_(
                "Everything has been sent. This phone forgets your data; a new code connects it "
                "again."
            ),
            confirm=_("Sign out"),
            cancel=_("Stay"),
            is_dangerous=True,
        )

    def _sign_out(self, _key: str) -> None:
        if self.view_model.sign_out():
            self.ways.signed_out()


load_rules(__file__)
