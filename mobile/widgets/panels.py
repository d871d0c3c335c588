"""What lies over or in a screen: card, progress bar, empty state, sheet, dialog, snackbar."""

from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.properties import (
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from mobile.widgets.rules import load_rules

_SNACKBAR_S = 4.0
_UNDO_S = 7.0


class Card(BoxLayout):
    """Things that belong together, on a surface of their own."""

    ground = StringProperty("surface")
    edge = StringProperty("line")


class Column(ScrollView):
    """A screen's content in one column that scrolls; add widgets to `ids.content`."""

    spacing_dp = NumericProperty(0)

    def add_widget(self, widget: Widget, *args: Any, **kwargs: Any) -> None:
        """Put the first child, the column itself, into the scroll view and the others into it."""
        content = self.ids.get("content")
        if content is None or widget is content:
            super().add_widget(widget, *args, **kwargs)
        else:
            content.add_widget(widget, *args, **kwargs)


class Progress(Widget):
    """How much of something is done, 0 to 1."""

    share = NumericProperty(0)
    tone = StringProperty("primary")


class BottomAction(BoxLayout):
    """The main action of a screen, within reach of the thumb."""


class Snackbar(BoxLayout):
    """A short message at the bottom that leaves by itself."""

    text = StringProperty("")
    icon = StringProperty("information-outline")
    undo: Callable[[], None] | None = ObjectProperty(None, allownone=True)
    """Takes back what was done; None: it cannot be."""

    def show(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Be seen for some seconds; a new message takes the place of the old."""
        self.text, self.undo = text, undo
        Clock.unschedule(self._leave)
        Clock.schedule_once(self._leave, _UNDO_S if undo else _SNACKBAR_S)

    def take_back(self) -> None:
        """Undo, and leave."""
        undo, self.text, self.undo = self.undo, "", None
        if undo is not None:
            undo()

    def _leave(self, _dt: float) -> None:
        self.text, self.undo = "", None


class RootSnackbar(Snackbar):
    """The one over all screens."""

    root = ObjectProperty(rebind=True)


load_rules(__file__)
