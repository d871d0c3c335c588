"""A small picture that can be tapped, with when it was taken and where it is."""

from typing import Any

from kivy.core.image import Image as CoreImage
from kivy.graphics.texture import Texture
from kivy.loader import Loader
from kivy.properties import ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.widgets.panels import Card
from mobile.widgets.press import Choosable
from mobile.widgets.rules import load_rules


class PhotoTile(Choosable, BoxLayout):
    """The picture is read on Kivy's loading thread; until then, and without one, it is empty."""

    source = StringProperty("")
    time = StringProperty("")
    icon = StringProperty("")
    tone = StringProperty("info")

    def __init__(self, **kwargs: Any) -> None:
        # Kivy would show pictures of its own: a turning wheel, and a sign for what is missing.
        if Loader._loading_image is None:  # noqa: SLF001 - asking would load the wheel
            Loader.loading_image = Loader.error_image = CoreImage(Texture.create(size=(1, 1)))
        super().__init__(**kwargs)


class PhotosCard(Card):
    """Small pictures side by side, what is wrong, and the way to the camera."""

    title = StringProperty("")
    photos = ObjectProperty(None, allownone=True)
    """A `mobile.screens.photos.PhotosState`."""
    rows = ListProperty()
    """Of the tiles, as `RowColumn.rows`."""

    __events__ = ("on_take", "on_undo")

    def on_take(self) -> None:
        """Open the camera; the screen binds this."""

    def on_undo(self) -> None:
        """Bring the removed photo back; the screen binds this."""


load_rules(__file__)
