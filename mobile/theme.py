"""The look on the phone as Kivy properties: colours, type sizes, safe area. A change repaints."""

from pathlib import Path
from typing import Any

from kivy.core.text import LabelBase
from kivy.core.window import Window
from kivy.event import EventDispatcher
from kivy.metrics import Metrics, sp
from kivy.properties import BooleanProperty, ColorProperty, DictProperty, NumericProperty
from kivy.utils import get_color_from_hex

from shared.look import DARK, FONT_SIZES, LIGHT, Look, colours

_FONTS = Path(__file__).parent / "widgets" / "fonts"
_LARGE = 1.25


class Theme(EventDispatcher):
    """One colour scheme and one size of text; rules bind to `app.theme.<token>`."""

    bg = ColorProperty()
    surface = ColorProperty()
    surface2 = ColorProperty()
    ink = ColorProperty()
    ink2 = ColorProperty()
    line = ColorProperty()
    edge = ColorProperty()
    primary = ColorProperty()
    primary_soft = ColorProperty()
    tones = DictProperty()
    """Every token by name, for widgets whose tone is data."""

    caption = NumericProperty()
    label = NumericProperty()
    body = NumericProperty()
    title = NumericProperty()
    headline = NumericProperty()
    display = NumericProperty()

    is_dark = BooleanProperty(defaultvalue=False)
    text_scale = NumericProperty(1.0)
    scale = NumericProperty(1.0)
    """How much larger than designed text is: the phone's setting times ours."""
    icon_scale = NumericProperty(1.0)
    """Icons grow with text, but less: they stay inside their circles."""
    is_large = BooleanProperty(defaultvalue=False)
    """Whether text is so large that rows put less side by side."""

    safe_top = NumericProperty(0)
    safe_bottom = NumericProperty(0)
    safe_left = NumericProperty(0)
    safe_right = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        LabelBase.register("Medium", str(_FONTS / "Roboto-Medium.ttf"))
        LabelBase.register("Icons", str(_FONTS / "MaterialDesignIcons.ttf"))
        Metrics.bind(fontscale=self._resize, density=self._resize)
        self.fbind("text_scale", self._resize)
        self.fbind("is_dark", self._repaint)
        self._resize()
        self._repaint()

    def _resize(self, *_: Any) -> None:
        self.scale = self.text_scale * Metrics.fontscale
        self.icon_scale = 1 + (self.scale - 1) / 2
        self.is_large = self.scale >= _LARGE
        names = ("caption", "label", "body", "title", "headline", "display")
        for name, size in zip(names, FONT_SIZES, strict=True):
            setattr(self, name, sp(size) * self.text_scale)

    def _repaint(self, *_: Any) -> None:
        look: Look = DARK if self.is_dark else LIGHT
        tones = {name: get_color_from_hex(value) for name, value in colours(look).items()}
        self.tones = tones
        for name, value in tones.items():
            if self.property(name, True) is not None:
                setattr(self, name, value)
        Window.clearcolor = tones["bg"]
