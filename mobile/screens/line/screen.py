"""The form of a product on a deal."""

from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules


class LineScreen(BoundScreen):
    """Goes back once the line is good."""

    def finish(self) -> None:
        """Give the line back."""
        if self.view_model.save():
            self.ways.back()

    def remove(self) -> None:
        """Take the product off the deal."""
        self.view_model.remove()
        self.ways.back()


load_rules(__file__)
