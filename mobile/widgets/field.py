"""The text field: a name above, the input in its box, what is wrong below."""

from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, OptionProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.textinput import TextInput

from mobile.widgets.emoji import with_stand_ins
from mobile.widgets.rules import load_rules


class Entry(TextInput):
    """What is typed into: emoji stay what they are, and are shown by a stand-in."""

    def __init__(self, **kwargs: Any) -> None:
        show_beginning = Clock.create_trigger(self._show_beginning)
        super().__init__(**kwargs)
        self.fbind("text", show_beginning)
        self.fbind("focus", show_beginning)

    def _show_beginning(self, _dt: float) -> None:
        """Show the beginning of what is not being typed; Kivy would show its end."""
        if not self.focus:
            self.cursor = (0, 0)

    def _create_line_label(self, text: str, hint: bool = False) -> Any:  # noqa: FBT001, FBT002
        return super()._create_line_label(with_stand_ins(text), hint)

    def _get_text_width(self, text: str, tab_width: int, _label_cached: Any) -> float:
        width: float = super()._get_text_width(with_stand_ins(text), tab_width, _label_cached)
        return width


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
