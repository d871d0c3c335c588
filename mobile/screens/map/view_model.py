"""The map: today's stops, customers around, and where the rep is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from mobile.device.gps import Gps
from mobile.device.links import Links, map_address
from mobile.screens.formats import distance
from mobile.screens.view_model import Background, ViewModel
from mobile.services.views import CustomerView, DayView, StopProgress
from shared.geo import BoundingBox, Position
from shared.i18n import _

MOST_PINS = 200
_JAKARTA = Position(-6.2, 106.85)


class Customers(Protocol):
    """Finds customers in a part of the map."""

    def within(self, box: BoundingBox, *, limit: int) -> Sequence[CustomerView]:
        """Return customers whose point lies in a box."""


class Day(Protocol):
    """Reads the day."""

    def today(self) -> DayView:
        """Return it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinState:
    """A customer on the map."""

    key: str
    latitude: float
    longitude: float
    kind: str
    """`stop`, `done` or `customer`."""
    name: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MapState:
    """What the screen shows."""

    pins: tuple[PinState, ...] = ()
    own: tuple[float, float, float] | None = None
    """Latitude, longitude, accuracy in metres."""
    own_words: str = ""
    chosen: PinState | None = None
    hint: str = ""
    """What is missing on the map, and how to get it."""


class MapViewModel(ViewModel[MapState]):
    """Reads what lies in the part in sight, beside the UI thread."""

    def __init__(
        self,
        *,
        customers: Customers,
        days: Day,
        gps: Gps,
        links: Links,
        background: Background,
        tiles: Path,
    ) -> None:
        super().__init__(MapState())
        self._customers = customers
        self._days = days
        self._gps = gps
        self._links = links
        self._background = background
        self.tiles = tiles
        """The MBTiles file of this phone; it need not be there."""
        self._box: BoundingBox | None = None
        self._asked = 0

    def start(self) -> Position:
        """Return where to look first: where the rep is, else the next stop."""
        fix = self._gps.last_fix()
        if fix is not None:
            return fix.position
        for pin in self._stops():
            return Position(pin.latitude, pin.longitude)
        return _JAKARTA

    def refresh(self) -> None:
        """Read the day and the part in sight anew."""
        self.tick()
        if self._box is not None:
            self.look(self._box)

    def tick(self) -> None:
        """Follow the rep."""
        fix = self._gps.last_fix()
        own = None if fix is None else (fix.latitude, fix.longitude, fix.accuracy_m)
        words = _("you ±%(m)s", m=distance(own[2])) if own else _("no position yet")
        self._show(replace(self.state, own=own, own_words=words))

    def look(self, box: BoundingBox) -> None:
        """Show the customers of another part of the map."""
        self._box = box
        self._asked += 1
        asked = self._asked

        def find() -> tuple[PinState, ...]:
            stops = self._stops()
            known = {pin.key for pin in stops}
            room = max(0, MOST_PINS - len(stops))
            around = self._customers.within(box, limit=room)
            return (*stops, *(_pin(one, "customer") for one in around if one.id not in known))

        def show(pins: tuple[PinState, ...]) -> None:
            if asked == self._asked:
                self._show(replace(self.state, pins=pins))

        self._background(find, show)

    def choose(self, key: str) -> None:
        """Say who a pin is; an empty key: nobody."""
        chosen = next((pin for pin in self.state.pins if pin.key == key), None)
        self._show(replace(self.state, chosen=chosen))

    def open_in_maps(self) -> bool:
        """Hand the chosen place to the phone's maps app; False where it has none."""
        chosen = self.state.chosen
        if chosen is None:
            return False
        place = Position(chosen.latitude, chosen.longitude)
        return self._links.open(map_address(place, chosen.name))

    def say_tiles(self, *, are_shown: bool) -> None:
        """Say whether there is a picture under the pins."""
        hint = (
            ""
            if are_shown
            else _("No offline map on this phone. Put it here: %(file)s", file=self.tiles)
        )
        self._show(replace(self.state, hint=hint))

    def _stops(self) -> tuple[PinState, ...]:
        return tuple(
            _pin(stop.customer, "done" if stop.progress is StopProgress.DONE else "stop")
            for stop in self._days.today().stops
            if stop.customer.latitude is not None and stop.progress is not StopProgress.CANCELLED
        )


def _pin(customer: CustomerView, kind: str) -> PinState:
    assert customer.latitude is not None
    assert customer.longitude is not None
    return PinState(
        key=customer.id,
        latitude=customer.latitude,
        longitude=customer.longitude,
        kind=kind,
        name=customer.name,
        detail=" · ".join(filter(None, (customer.code, customer.address))),
    )
