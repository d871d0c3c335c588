"""Words and icons in the theme's sizes and tones."""

from kivy.core.text import Label as CoreLabel
from kivy.factory import Factory
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label

from mobile.widgets.icons import ICONS
from mobile.widgets.rules import load_rules


class TextBlock(Label):
    """Text that wraps at its width and is as high as it needs."""

    tone = StringProperty("ink")


class TextLine(Label):
    """Text on one line, cut with an ellipsis where it does not fit."""

    tone = StringProperty("ink")


class Figure(BoxLayout):
    """A number with its name below; the number shrinks where it would not fit."""

    name = StringProperty("")
    value = StringProperty("")

    def font_size_of(self, value: str, largest: float, width: float) -> float:
        """Return the size of type at which a value fits into a width, at most `largest`."""
        needed = CoreLabel(font_name="Medium", font_size=largest).get_extents(value)[0]
        return largest if needed <= width else largest * width / needed


class Icon(Label):
    """One icon by its Material Design name; empty shows nothing."""

    icon = StringProperty("")
    tone = StringProperty("ink2")
    size_dp = NumericProperty(24)

    def glyph(self, name: str) -> str:
        """Return the character of an icon.

        :raises KeyError: if the font has no such icon
        """
        return ICONS[name] if name else ""


for _widget in (TextBlock, TextLine, Figure, Icon):
    Factory.register(_widget.__name__, cls=_widget)
load_rules(__file__)
