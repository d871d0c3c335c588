"""The first screen: connect this phone."""

from typing import Any

from mobile.screens.enrol.view_model import EnrolState
from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules


class EnrolScreen(BoundScreen):
    """Leads to the day once the server has accepted the phone."""

    def on_state(self, _: Any, state: EnrolState) -> None:
        """Go on when it is done."""
        if state.is_done:
            self.ways.enrolled()


load_rules(__file__)
