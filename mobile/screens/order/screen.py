"""The order: products with a stepper each, the total below."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.screens.order.view_model import ProductRow
from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.i18n import _


class ProductLine(BoxLayout):
    """A product, its price, and how many."""

    key = StringProperty("")
    name = StringProperty("")
    detail = StringProperty("")
    amount = StringProperty("")
    quantity = NumericProperty(0)
    is_priced = BooleanProperty(True)
    when_stepped = ObjectProperty(None, allownone=True)


class OrderScreen(BoundScreen):
    """Shows the products; leaving it takes the order."""

    def save(self) -> None:
        """Make what was chosen the order."""
        self.view_model.finish()

    def enter(self, code: str) -> None:
        """Take a code that was typed, pasted or scanned; a scanner types and presses Enter."""
        words = self.view_model.enter(code)
        if words:
            self.ways.say(words)
            self.ids.search.text = ""

    def repeat(self) -> None:
        """Order as last time, with a way back."""
        self.ways.say(_("Ordered as last time."), undo=self.view_model.repeat())

    def lines(self, rows: Iterable[ProductRow]) -> list[dict[str, Any]]:
        """Return the properties of the rows."""
        return [{**asdict(row), "when_stepped": self.view_model.step} for row in rows]


Factory.register("ProductLine", cls=ProductLine)
load_rules(__file__)
