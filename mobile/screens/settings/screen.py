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

    def clear_photos(self) -> None:
        """Delete photos that the office has, after a question."""
        self.ask(
            lambda _key: self.view_model.clear_safe_photos(),
            title=_("Delete photos that are safe?"),
            text=_("The office has them. Their visits go on to say that there was a photo."),
            confirm=_("Delete"),
            cancel=_("Close"),
        )

    def clear_damaged(self) -> None:
        """Delete damaged data that were kept aside, after a question."""
        self.ask(
            lambda _key: self.view_model.clear_damaged(),
            title=_("Delete the damaged data?"),
            text=self.view_model.damaged_words(),
            confirm=_("Delete"),
            cancel=_("Keep it"),
            is_dangerous=True,
        )

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
