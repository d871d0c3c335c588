"""A panel from the bottom that asks something."""

from collections.abc import Callable, Sequence
from typing import Any

from kivy.animation import Animation
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.modalview import ModalView

from mobile.widgets.rules import load_rules


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


load_rules(__file__)
