"""The bar on top with the GPS and sync state always in sight, and the tabs at the bottom."""

from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.widgets.press import Pressable
from mobile.widgets.rules import load_rules


class AppBar(BoxLayout):
    """Title, a line under it, a way back where there is one, and the two states."""

    title = StringProperty("")
    subtitle = StringProperty("")
    has_back = BooleanProperty(defaultvalue=False)

    __events__ = ("on_back",)

    def on_back(self) -> None:
        """Leave the screen; screens say how."""


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


for _widget in (AppBar, StatePill, TabItem, TabBar):
    Factory.register(_widget.__name__, cls=_widget)
load_rules(__file__)
