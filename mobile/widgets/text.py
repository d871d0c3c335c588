"""Words and icons in the theme's sizes and tones."""

from typing import Any, ClassVar
from weakref import WeakValueDictionary

from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label

from mobile.widgets.emoji import without_emoji
from mobile.widgets.icons import ICONS
from mobile.widgets.rules import load_rules


class Words(Label):
    """Text in one style and one colour.

    Kivy's own label watches 38 properties, which costs 16 kB and half a millisecond each time, and
    writes its text anew in every colour. This one watches what our rules set; the colour is added
    when it is drawn, and is the same where it is disabled. What is written alike is written once:
    the same icons and words stand on many screens.
    """

    _font_properties: ClassVar[tuple[str, ...]] = (
        "text",
        "font_name",
        "font_size",
        "halign",
        "valign",
        "text_size",
        "shorten",
        "shorten_from",
        "line_height",
    )

    def __init__(self, **kwargs: Any) -> None:
        self._trigger_texture = Clock.create_trigger(self.texture_update, -1)
        super(Label, self).__init__(**kwargs)
        for name in self._font_properties:
            self.fbind(name, self._trigger_texture)
        self._trigger_texture()

    def texture_update(self, *_: object) -> None:
        """Show the text as it should be written now."""
        text = without_emoji(self.text)
        if not text:
            self._label = self.texture = None
            self.texture_size = (0, 0)
            return
        style = {name: getattr(self, name) for name in self._font_properties}
        self._label = _written(style | {"text": text, "text_size": tuple(self.text_size)})
        self.texture = self._label.texture
        self.texture_size = self.texture.size


_in_use: WeakValueDictionary[tuple[Any, ...], CoreLabel] = WeakValueDictionary()


def _written(style: dict[str, Any]) -> CoreLabel:
    """Return a text as it is written, with its texture: the one in use, or a new one."""
    key = tuple(style.values())
    label = _in_use.get(key)
    if label is None:
        label = _in_use[key] = CoreLabel(split_str="", **style)
        label.refresh()
    return label


class TextBlock(Words):
    """Text that wraps at its width and is as high as it needs."""

    tone = StringProperty("ink")


class TextLine(Words):
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


class Icon(Words):
    """One icon by its Material Design name; empty shows nothing."""

    icon = StringProperty("")
    tone = StringProperty("ink2")
    size_dp = NumericProperty(24)

    def glyph(self, name: str) -> str:
        """Return the character of an icon.

        :raises KeyError: if the font has no such icon
        """
        return ICONS[name] if name else ""


load_rules(__file__)
