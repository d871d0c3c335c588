"""What is set by a tap: on or off, less or more."""

from kivy.properties import BooleanProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.widgets.rows import Row
from mobile.widgets.rules import load_rules


class SwitchRow(Row):
    """A row that is on or off."""

    is_on = BooleanProperty(defaultvalue=False)


class Stepper(BoxLayout):
    """Less, a number, more: 48 dp each."""

    count = NumericProperty(0)

    __events__ = ("on_step",)

    def on_step(self, by: int) -> None:
        """Change the number by -1 or +1; the row binds this."""


load_rules(__file__)
