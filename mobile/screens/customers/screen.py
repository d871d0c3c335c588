"""The list of customers."""

from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules


class CustomersScreen(BoundScreen):
    """Searches while the rep types."""


load_rules(__file__)
