"""The menu of everything that has no tab."""

from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules


class MoreScreen(BoundScreen):
    """Leads to the other screens."""


load_rules(__file__)
