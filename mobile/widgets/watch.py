"""Writes down what is on the screen, for a test that looks and taps from outside the app."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.screenmanager import ScreenManager

_EVERY_S = 0.2


def watch(file: Path) -> None:
    """Write the screen and its texts to a file whenever they have changed.

    `{"screens": [names], "texts": [[text, x, y, can be tapped], ...], "types": whether a field has
    the keyboard}`: x and y are the middle in pixels, from the window's upper left.
    """
    written = ""

    def look(_dt: float) -> None:
        nonlocal written
        types = any(getattr(widget, "focus", False) for widget in _widgets())
        seen = json.dumps({"screens": list(_screens()), "texts": list(_texts()), "types": types})
        if seen != written:
            written = seen
            draft = file.with_suffix(".new")
            draft.write_text(seen)
            draft.replace(file)

    Clock.schedule_interval(look, _EVERY_S)


def _screens() -> Iterator[str]:
    for widget in _widgets():
        if isinstance(widget, ScreenManager) and widget.current_screen is not None:
            yield widget.current_screen.name


def _texts() -> Iterator[tuple[str, float, float, bool]]:
    for widget in _widgets():
        text = getattr(widget, "text", "") or getattr(widget, "title", "")
        x, y = widget.to_window(*widget.center)
        if (
            text
            and widget.width
            and widget.height
            and 0 < x < Window.width
            and 0 < y < Window.height
        ):
            yield str(text), x, Window.height - y, not widget.disabled


def _widgets() -> Iterator[Any]:
    """Return what can be seen, from the back to the front."""
    for top in reversed(Window.children):
        yield from _below(top)


def _below(widget: Any) -> Iterator[Any]:
    if widget.opacity == 0:
        return
    yield widget
    for child in reversed(widget.children):
        yield from _below(child)
