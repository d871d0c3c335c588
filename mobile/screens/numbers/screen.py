"""The rep's own numbers."""

from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules


class NumbersScreen(BoundScreen):
    """Explains a number when it is tapped."""

    def explain(self, key: str) -> None:
        """Say what the number is and what it was made of."""
        title, text = self.view_model.explain(key)
        self.ask(lambda _choice: None, title=title, text=text)


load_rules(__file__)
