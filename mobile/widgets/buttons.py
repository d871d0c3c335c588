"""Buttons: a filled one for the main action of a screen, tonal and quieter ones for others."""

from typing import Any

from kivy.core.text import Label as CoreLabel
from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.widgets.press import Pressable
from mobile.widgets.rules import load_rules
from mobile.widgets.text import Icon


class PlainButton(Pressable, BoxLayout):
    """An icon and words on a coloured ground; `ground` and `ink` are tones of the theme."""

    text = StringProperty("")
    icon = StringProperty("")
    ground = StringProperty("surface2")
    edge = StringProperty("")
    ink = StringProperty("ink")
    least_dp = NumericProperty(48)
    full_height = NumericProperty(0)
    """How high its words make it; a rule that hides a button sets its height to 0."""

    side = NumericProperty(0)
    """The least room left and right of what the button says."""
    content_width = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fbind("icon", self._show_icon)
        self._show_icon()

    def width_of(self, text: str, font_size: float, width: float, icon: str, side: float) -> float:
        """Return the width the words get inside a button of a width: their own, or all there is."""
        needed = CoreLabel(font_name="Medium", font_size=font_size).get_extents(text)[0] + 2
        room = width - 2 * side - (dp(30) + self.spacing if icon else 0)
        return max(0, min(needed, room))

    def _show_icon(self, *_: object) -> None:
        """Have an icon where there is one; most buttons have none, and widgets cost."""
        shown = [one for one in self.children if isinstance(one, ButtonIcon)]
        if self.icon and not shown:
            self.add_widget(ButtonIcon(button=self), index=len(self.children))
        elif shown and not self.icon:
            self.remove_widget(shown[0])


class ButtonIcon(Icon):
    """The icon before a button's words."""

    button = ObjectProperty(rebind=True)


class FilledButton(PlainButton):
    """The one main action of a screen."""


class TonalButton(PlainButton):
    """An action beside the main one."""


class OutlinedButton(PlainButton):
    """A quiet action."""


class TextButton(PlainButton):
    """The quietest action, in dialogs and banners."""


class DiscardButton(TextButton):
    """Forgets what a form holds and has not saved; without room where there is no such thing."""

    is_shown = BooleanProperty(defaultvalue=False)


class FilterChip(PlainButton):
    """A filter over a list: outlined, or filled where it is on."""

    is_on = BooleanProperty(defaultvalue=False)


class IconButton(Pressable, Icon):
    """An action that its icon alone explains."""


load_rules(__file__)
