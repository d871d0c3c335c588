"""What lies over or in a screen: card, progress bar, empty state, sheet, dialog, snackbar."""

from collections.abc import Callable, Sequence
from typing import Any

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.factory import Factory
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.modalview import ModalView
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


class TargetBar(Progress):
    """A progress bar with a mark where it should be by now."""

    due = NumericProperty(0)


class EmptyState(BoxLayout):
    """What would be here, and how to get it."""

    icon = StringProperty("")
    title = StringProperty("")
    text = StringProperty("")


class Banner(BoxLayout):
    """A sentence on a soft ground that the rep should read now."""

    icon = StringProperty("information-outline")
    text = StringProperty("")
    tone = StringProperty("info")


class Sheet(ModalView):
    """A panel from the bottom with words and choices. Back, or a tap beside it, closes it."""

    title = StringProperty("")
    text = StringProperty("")
    choices = ListProperty()
    """Of (key, icon, words)."""
    chosen = StringProperty("")
    confirm = StringProperty("")
    """Words of the main button; empty: none."""
    cancel = StringProperty("")
    field = StringProperty("")
    """Name of an input; what is typed there is given back instead of `confirm`."""
    value = StringProperty("")
    """What stands in the input at first."""
    is_number = BooleanProperty(defaultvalue=False)
    is_dangerous = BooleanProperty(defaultvalue=False)
    when_chosen: Callable[[str], None] | None = ObjectProperty(None, allownone=True)
    motion_s = NumericProperty(0)
    """How long motion takes; 0 where the system asks for none."""
    slide = NumericProperty(1.0)
    """How far the panel is below its place, 0 to 1."""

    def on_open(self) -> None:
        """Slide in."""
        if self.motion_s:
            Animation(slide=0, duration=self.motion_s, transition="out_cubic").start(self)
        else:
            self.slide = 0

    def dismiss(self, *args: Any, **kwargs: Any) -> None:
        """Close; without motion at once, so that the next tap meets what is below."""
        kwargs.setdefault("animation", bool(self.motion_s))
        super().dismiss(*args, **kwargs)

    def rows(self, choices: Sequence[tuple[str, str, str]], chosen: str) -> list[dict[str, Any]]:
        """Return the rows of the choices, the chosen one ticked."""
        return [
            {
                "key": key,
                "icon": "check-bold" if key == chosen else icon,
                "icon_tone": "good" if key == chosen else "unknown",
                "title": words,
                "when_chosen": self.choose,
            }
            for key, icon, words in choices
        ]

    def choose(self, key: str) -> None:
        """Close, and tell which was chosen; for the main button `confirm`, or what was typed."""
        if self.field and key == "confirm":
            key = self.ids.entry.text.strip()
            if not key:
                return
        self.dismiss(animation=False)
        if self.when_chosen is not None:
            self.when_chosen(key)


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


for _widget in (
    Card,
    Column,
    Progress,
    TargetBar,
    EmptyState,
    Banner,
    BottomAction,
    Sheet,
    Snackbar,
):
    Factory.register(_widget.__name__, cls=_widget)
load_rules(__file__)
