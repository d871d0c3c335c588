"""What must hold on every screen in every look: targets, text in its place, language."""

from collections.abc import Iterator
from typing import Any

from kivy.core.window import Window
from kivy.metrics import dp
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.label import Label

from mobile.widgets.text import Icon
from tests.ui.phone.phone import Phone
from tools.phone_translations import read_indonesian

_SLACK = 1.5  # pixels of rounding


def small_targets(phone: Phone) -> list[str]:
    """Return what can be tapped and is smaller than 48 dp."""
    return [
        f"{type(widget).__name__} {getattr(widget, 'text', '')!r} {widget.size}"
        for widget in phone.walk()
        if isinstance(widget, ButtonBehavior)
        and phone.in_sight(widget)
        and not widget.disabled
        and min(widget.size) < dp(48) - 0.5
    ]


def overflowing_texts(phone: Phone) -> list[str]:
    """Return texts larger than their place, or beyond the edge of the window."""
    return [f"{label.text!r}: {fault}" for label, fault in _overflows(phone)]


def _overflows(phone: Phone) -> Iterator[tuple[Any, str]]:
    for label in phone.walk():
        if not isinstance(label, Label) or isinstance(label, Icon) or not label.text:
            continue
        if not phone.in_sight(label):
            continue
        width, height = label.texture_size
        left, _ = label.to_window(label.x, label.y)
        middle = left + label.width / 2
        if width > label.width + _SLACK and not label.shorten:
            yield label, f"{width} px wide in {label.width}"
        elif height > label.height + _SLACK:
            yield label, f"{height} px high in {label.height}"
        elif middle - width / 2 < -_SLACK or middle + width / 2 > Window.width + _SLACK:
            yield label, f"beyond the window at {left}"


def english_texts(phone: Phone) -> list[str]:
    """Return English source texts on screen for which there is another Indonesian one."""
    indonesian = {
        message.id: message.string
        for message in read_indonesian()
        if isinstance(message.id, str) and message.id
    }
    return [text for text in phone.texts() if indonesian.get(text, text) != text]
