"""The map on the screen: built when it is entered, taken away when it is left."""

from typing import Any

from kivy.clock import Clock
from kivy.properties import DictProperty

from mobile.screens.map.view_model import MapState
from mobile.screens.screen import BoundScreen
from mobile.widgets.rules import load_rules
from shared.geo import BoundingBox
from shared.i18n import _

_ZOOM = 15
_LOOK_AFTER_S = 0.3
_PINS = {
    "stop": ("map-marker", "primary"),
    "done": ("map-marker-check", "good"),
    "customer": ("map-marker-outline", "unknown"),
}


class MapScreen(BoundScreen):
    """Two clocks of the map's library run as long as it exists, so it exists only in sight."""

    tones = DictProperty()
    """The theme's colours by name."""

    def __init__(self, **kwargs: Any) -> None:
        self._map: Any = None
        super().__init__(**kwargs)
        self._looking = Clock.create_trigger(lambda _dt: self._look(), _LOOK_AFTER_S)

    def on_pre_enter(self) -> None:
        """Build the map."""
        self._build()
        super().on_pre_enter()
        self._looking()

    def put_away(self) -> None:
        """Take the map away."""
        super().put_away()
        self._looking.cancel()
        if self._map is not None:
            self._map.unload()
            self.ids.place.clear_widgets()
            self._map = None

    def on_state(self, _: Any, state: MapState) -> None:
        """Draw what has changed."""
        if self._map is None:
            return
        self._own.place = state.own
        shown = {pin.key: pin for pin in self._pins.markers}
        wanted = {pin.key: pin for pin in state.pins}
        for key, pin in list(shown.items()):
            if key not in wanted or _PINS[wanted[key].kind] != (pin.icon, pin.tone):
                self._pins.remove_widget(shown.pop(key))
        for key, one in wanted.items():
            if key not in shown:
                self._add(one)
        self._pins.reposition()

    def here(self) -> None:
        """Look at where the rep is."""
        if self.state.own is None:
            self.ways.say(_("No position yet. Go outside and wait a moment."))
        elif self._map is not None:
            self._map.center_on(*self.state.own[:2])

    def open_in_maps(self) -> None:
        """Hand the place to the phone's maps app."""
        if not self.view_model.open_in_maps():
            self.ways.say(_("This phone has no app for that."))

    def _build(self) -> None:
        # Loaded when a map is first shown: it takes a while.
        from mobile.widgets.map import (  # noqa: PLC0415
            FileTiles,
            Grid,
            MapView,
            NoTiles,
            OwnPlace,
            Pins,
            TilesError,
        )

        file = self.view_model.tiles
        cache = str(file.parent / "map-cache")
        try:
            source: Any = FileTiles(file, cache_dir=cache) if file.exists() else None
        except TilesError:
            source = None
        self.view_model.say_tiles(are_shown=source is not None)
        start = self.view_model.start()
        self._map = MapView(
            map_source=source or NoTiles(cache_dir=cache),
            cache_dir=cache,
            zoom=min(_ZOOM, source.max_zoom) if source else _ZOOM,
            lat=start.latitude,
            lon=start.longitude,
            background_color=self.tones["surface2"],
            animation_duration=0,
        )
        self._pins = Pins()
        if source is None:
            self._map.add_layer(Grid(colour=self.tones["line"]))
        self._own = OwnPlace(colour=self.tones["info"], place=self.state.own)
        self._map.add_layer(self._own)
        self._map.add_layer(self._pins)
        self._map.bind(lat=self._moved, lon=self._moved, zoom=self._moved, size=self._moved)
        self.ids.place.add_widget(self._map)
        self.on_state(self, self.state)

    def _moved(self, *_: Any) -> None:
        self._looking()

    def _look(self) -> None:
        if self._map is None:
            return
        south, west, north, east = self._map.get_bbox()
        if south < north:
            self.view_model.look(BoundingBox(south=south, west=west, north=north, east=east))

    def _add(self, pin: Any) -> None:
        from mobile.widgets.map import Pin  # noqa: PLC0415

        icon, tone = _PINS[pin.kind]
        marker = Pin(
            key=pin.key,
            lat=pin.latitude,
            lon=pin.longitude,
            icon=icon,
            tone=tone,
            size_dp=34,
            when_chosen=self.view_model.choose,
        )
        self._map.add_marker(marker, self._pins)


load_rules(__file__)
