"""One customer."""

from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.i18n import _


class CustomerScreen(BoundScreen):
    """Leads to a check-in here."""

    def check_in(self) -> None:
        """Check in, as planned where there is a stop."""
        self.ways.check_in(*self.view_model.target())

    def skip(self) -> None:
        """Ask why the stop is left out today."""
        self.ask(
            self._skip,
            title=_("Why skip this stop today?"),
            text=_("Your manager sees the reason. The stop no longer counts as planned."),
            choices=self.view_model.skip_choices(),
        )

    def _skip(self, reason: str) -> None:
        self.view_model.skip(reason)
        self.ways.say(_("The stop was skipped."))
        self.ways.back()


load_rules(__file__)
