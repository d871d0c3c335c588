"""The map: tiles from a file on the phone, or a plain grid; never from a server.

A part of its own, imported when a map is first shown: the library brings a lot along.
"""

import io
import math
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.core.image import Image as CoreImage
from kivy.graphics import Color, Ellipse, Line
from kivy.metrics import dp
from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy_garden.mapview import MapLayer, MapSource, MapView, MarkerMapLayer
from kivy_garden.mapview.downloader import Downloader

from mobile.widgets.press import Pressable
from mobile.widgets.rules import load_rules
from mobile.widgets.text import Icon

_DEGREE_M = 111_320.0
_GRID_LINES = 6


class TilesError(Exception):
    """The file holds no raster tiles that can be read."""


class FileTiles(MapSource):
    """Raster tiles of an MBTiles file, one read-only connection for each thread that loads them.

    The library's own class fails on the first pan where the file names its bounds.
    """

    def __init__(self, file: Path, *, cache_dir: str) -> None:
        """
        Open the file.

        :raises TilesError: if it holds no raster tiles
        """
        self._file, self._local = file, threading.local()
        try:
            known: dict[str, str] = dict(self._read("SELECT name, value FROM metadata"))
            low, high = self._read("SELECT min(zoom_level), max(zoom_level) FROM tiles")[0]
        except sqlite3.Error as fault:
            raise TilesError(str(fault)) from fault
        if known.get("format", "png") == "pbf" or low is None:
            raise TilesError("no raster tiles")
        super().__init__(
            url="mbtiles://",
            cache_key="mbtiles",
            min_zoom=low,
            max_zoom=high,
            attribution=known.get("attribution", ""),
            cache_dir=cache_dir,
        )

    def fill_tile(self, tile: Any) -> None:
        """Load a tile beside the UI thread."""
        if tile.state != "done":
            Downloader.instance(self.cache_dir).submit(self._load, tile)

    def _read(self, question: str, *values: int) -> list[tuple[Any, ...]]:
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(f"{self._file.as_uri()}?mode=ro", uri=True)
        found: list[tuple[Any, ...]] = self._local.connection.execute(question, values).fetchall()
        return found

    def _load(self, tile: Any) -> tuple[Callable[..., None], tuple[Any, ...]] | None:
        found = self._read(
            "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?",
            tile.zoom,
            tile.tile_x,
            tile.tile_y,
        )
        if not found:
            tile.state = "done"
            return None
        return self._show, (tile, bytes(found[0][0]))

    def _show(self, tile: Any, data: bytes) -> None:
        # Called on the UI thread: textures belong there.
        if tile.state == "done":
            return
        kind = "png" if data.startswith(b"\x89PNG") else "jpg"
        tile.texture = CoreImage(io.BytesIO(data), ext=kind).texture
        tile.state = "need-animation"


class NoTiles(MapSource):
    """The world without a picture of it."""

    def __init__(self, *, cache_dir: str) -> None:
        super().__init__(
            url="none://", cache_key="none", max_zoom=18, attribution="", cache_dir=cache_dir
        )

    def fill_tile(self, tile: Any) -> None:
        """Leave the tile empty."""
        tile.state = "done"


class Grid(MapLayer):
    """Lines of latitude and longitude, so that a map without tiles shows how far things are."""

    colour = ObjectProperty((0, 0, 0, 1))

    def reposition(self) -> None:
        """Draw the lines of the part in sight."""
        view = self.parent
        box = view.get_bbox()
        height, width = box[2] - box[0], box[3] - box[1]
        if height <= 0 or width <= 0:
            return
        step = 10 ** math.floor(math.log10(height / _GRID_LINES * 2))
        self.canvas.clear()
        with self.canvas:
            Color(rgba=self.colour)
            for latitude in _steps(box[0], box[2], step):
                _x, y = view.get_window_xy_from(latitude, box[1], view.zoom)
                Line(points=[view.x, y, view.right, y], width=1)
            for longitude in _steps(box[1], box[3], step):
                x, _y = view.get_window_xy_from(box[0], longitude, view.zoom)
                Line(points=[x, view.y, x, view.top], width=1)


def _steps(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step), math.floor(high / step)
    return [number * step for number in range(first, min(last, first + 60) + 1)]


class OwnPlace(MapLayer):
    """Where the rep is, with the circle in which the phone believes to be."""

    place = ObjectProperty(None, allownone=True)
    """(latitude, longitude, accuracy in metres), or None."""
    colour = ObjectProperty((0, 0, 1, 1))

    def reposition(self) -> None:
        """Draw the circle at the place."""
        self.canvas.clear()
        if self.place is None:
            return
        latitude, longitude, accuracy_m = self.place
        view = self.parent
        x, y = view.get_window_xy_from(latitude, longitude, view.zoom)
        _x, above = view.get_window_xy_from(latitude + accuracy_m / _DEGREE_M, longitude, view.zoom)
        radius, dot = max(above - y, dp(8)), dp(7)
        with self.canvas:
            Color(rgba=(*self.colour[:3], 0.18))
            Ellipse(pos=(x - radius, y - radius), size=(2 * radius, 2 * radius))
            Color(rgba=(1, 1, 1, 1))
            Ellipse(pos=(x - dot - 2, y - dot - 2), size=(2 * dot + 4, 2 * dot + 4))
            Color(rgba=self.colour)
            Ellipse(pos=(x - dot, y - dot), size=(2 * dot, 2 * dot))

    def on_place(self, *_: Any) -> None:
        """Draw it at the new place."""
        if self.parent is not None:
            self.reposition()


class Pin(Pressable, Icon):
    """A customer on the map, as large as a finger."""

    key = StringProperty("")
    lat = NumericProperty(0)
    lon = NumericProperty(0)
    anchor_x = NumericProperty(0.5)
    anchor_y = NumericProperty(0)
    when_chosen = ObjectProperty(None, allownone=True)

    def on_release(self) -> None:
        """Tell which customer was tapped."""
        if self.when_chosen is not None:
            self.when_chosen(self.key)


class Pins(MarkerMapLayer):
    """The customers in sight."""


load_rules(__file__)
__all__ = ["FileTiles", "Grid", "MapView", "NoTiles", "OwnPlace", "Pin", "Pins", "TilesError"]
