"""One customer."""

from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules


class CustomerScreen(BoundScreen):
    """Leads to a check-in here."""

    def check_in(self) -> None:
        """Check in, as planned where there is a stop."""
        self.ways.check_in(*self.view_model.target())


load_rules(__file__)
