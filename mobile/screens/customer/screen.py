"""One customer."""

from functools import partial

from mobile.screens.own_fields import ask_for
from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.i18n import _


class CustomerScreen(BoundScreen):
    """Leads to a check-in here."""

    def check_in(self) -> None:
        """Check in, as planned where there is a stop."""
        self.ways.check_in(*self.view_model.target())

    def contact(self, key: str) -> None:
        """Call, write, find the way, or ask whether to propose this place."""
        if key == "propose":
            self._ask_to_propose()
        elif not self.view_model.can_open(key):
            self.ways.say(_("There is no number or place to open."))
        elif not self.view_model.open(key):
            self.ways.say(_("This phone has no app for that."))

    def _ask_to_propose(self) -> None:
        self.ask(
            self._propose,
            title=_("Is this the place of the customer?"),
            text=_("Stand at the door. The office checks it before it counts for check-ins."),
            confirm=_("Propose this place"),
            cancel=_("Not now"),
        )

    def _propose(self, _choice: str) -> None:
        if self.view_model.propose_here():
            self.ways.say(_("The place is proposed. The office decides."))
        else:
            self.ways.say(_("No position yet. Go outside and wait a moment."))

    def fill_in(self, key: str) -> None:
        """Ask for the value of a custom field."""
        entry = self.view_model.entry(key)
        if entry is None:
            self.ways.say(_("Only the office changes this."))
        else:
            ask_for(self, entry, partial(self.view_model.fill_in, key))

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
