"""The text field: a name above, the input in its box, what is wrong below."""

from kivy.properties import BooleanProperty, OptionProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.widgets.rules import load_rules


class TextField(BoxLayout):
    """One input with its name. `on_enter` fires when the rep is done typing."""

    name = StringProperty("")
    text = StringProperty("")
    hint = StringProperty("")
    problem = StringProperty("")
    icon = StringProperty("")
    multiline = BooleanProperty(defaultvalue=False)
    has_focus = BooleanProperty(defaultvalue=False)
    can_clear = BooleanProperty(defaultvalue=False)
    keeps_focus = BooleanProperty(defaultvalue=False)
    """After Enter too: a scanner types one code after the other."""
    suggestions = BooleanProperty(defaultvalue=True)
    """Off for codes and addresses, which a keyboard must not correct."""
    input_type = OptionProperty("text", options=["text", "number", "url", "tel"])

    __events__ = ("on_enter",)

    def on_enter(self) -> None:
        """Go on; screens bind this."""


load_rules(__file__)
