"""The bar on top with the GPS and sync state always in sight, and the tabs at the bottom."""

from typing import Any

from kivy.core.text import Label as CoreLabel
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout

from mobile.widgets.buttons import IconButton
from mobile.widgets.press import Pressable
from mobile.widgets.rules import load_rules
from mobile.widgets.text import Words


class AppBar(BoxLayout):
    """Title, a line under it, a way back where there is one, and the two states."""

    title = StringProperty("")
    subtitle = StringProperty("")
    has_back = BooleanProperty(defaultvalue=False)

    __events__ = ("on_back",)

    def size_of_title(self, text: str, largest: float, least: float, width: float) -> float:
        """Return the size of type at which the title fits beside the states, down to `least`."""
        needed = CoreLabel(font_name="Medium", font_size=largest).get_extents(text)[0] + 2
        return max(least, min(largest, largest * width / needed))

    def on_has_back(self, *_: Any) -> None:
        """Have a way back; the screens of the tabs have none, and widgets cost."""
        if self.has_back:
            self.add_widget(BackButton(bar=self), index=len(self.children))

    def on_back(self) -> None:
        """Leave the screen; screens say how."""


class BackButton(IconButton):
    """Leaves a screen."""

    bar = ObjectProperty()


class StatePill(Pressable, BoxLayout):
    """GPS or sync in one glance: an icon, and a number where one says more."""

    icon = StringProperty("")
    text = StringProperty("")
    tone = StringProperty("unknown")
    hint = StringProperty("")
    """What it says, in words, for tests and screen readers to come."""


class TabItem(Pressable, BoxLayout):
    """One tab: icon in a pill when chosen, label below, a number where something needs the rep."""

    name = StringProperty("")
    icon = StringProperty("")
    text = StringProperty("")
    count = NumericProperty(0)
    is_chosen = BooleanProperty(defaultvalue=False)
    _shown: Any = None

    def on_count(self, *_: Any) -> None:
        """Show the number; without one there is no widget for it."""
        if self._shown is not None:
            self.ids.mark.remove_widget(self._shown)
            self._shown = None
        if self.count:
            self._shown = TabCount(count=self.count)
            self.ids.mark.add_widget(self._shown)


class TabCount(Words):
    """The number at a tab's icon."""

    count = NumericProperty(0)


class TabBar(BoxLayout):
    """The tabs; `on_choose` tells which one was tapped."""

    current = StringProperty("")
    tabs = ListProperty()
    """Of (name, icon, text, count)."""

    __events__ = ("on_choose",)

    def on_tabs(self, *_: Any) -> None:
        """Show the tabs, keeping the widgets that are there."""
        while len(self.children) < len(self.tabs):
            item = TabItem()
            item.bind(on_release=lambda tapped: self.dispatch("on_choose", tapped.name))
            self.add_widget(item)
        for item, (name, icon, text, count) in zip(reversed(self.children), self.tabs, strict=True):
            item.name, item.icon, item.text, item.count = name, icon, text, count
        self.on_current()

    def on_current(self, *_: Any) -> None:
        """Mark the chosen tab."""
        for item in self.children:
            item.is_chosen = item.name == self.current

    def on_choose(self, name: str) -> None:
        """Go to a tab; the app binds this."""


load_rules(__file__)
