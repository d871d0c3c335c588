"""Fixes for a desktop: a rep riding along the route, a fixed point, or a recorded GPX track."""

import math
import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from mobile.device.gps import NextPlace
from shared.checkin.evidence import Fix
from shared.geo import Position, distance_m
from shared.tracking.geolife import read_geolife
from shared.tracking.gpx import GpxPoint, read_gpx

_METRES_PER_DEGREE = 111_320.0
_FIRST_FIX_AFTER_S = 1.5
_EVERY = timedelta(seconds=0.8)
_STARTS_EAST_M, _STARTS_NORTH_M = 210.0, 150.0
_ARRIVED_M = 6.0
Now = Callable[[], datetime]
Track = tuple[tuple[float, Position], ...]
"""Seconds since the first point, and the point."""


class _Simulation(ABC):
    """What all simulations share: a cold start, accuracy that settles, and jitter that wanders."""

    def __init__(self, *, now: Now, accuracy_m: float, seed: int) -> None:
        self._now = now
        self._settled_m = accuracy_m
        # A simulation is repeated by its seed; nothing secret is drawn here.
        self._random = random.Random(seed)  # noqa: S311
        self._started_at: datetime | None = None
        self._drift_m = (0.0, 0.0)
        self._last: Fix | None = None

    def start(self) -> None:
        """Begin to measure; starting twice does nothing."""
        self._started_at = self._started_at or self._now()

    def stop(self) -> None:
        """Stop measuring."""
        self._started_at = None

    def last_fix(self) -> Fix | None:
        """Return where the simulated phone is now, as a phone would measure it."""
        now = self._now()
        if self._started_at is None:
            return None
        if self._last is not None and timedelta() <= (age := now - self._last.fix_at) < _EVERY:
            return replace(self._last, age_s=age.total_seconds())
        running_s = (now - self._started_at).total_seconds()
        truth = self._truth(now)
        if truth is None or running_s < _FIRST_FIX_AFTER_S:
            return None
        # A receiver starts from the network's guess and finds its satellites within seconds.
        accuracy_m = self._settled_m * (1 + 6 * math.exp(-running_s / 4))
        place = self._jitter(truth, accuracy_m)
        self._last = Fix(
            latitude=place.latitude,
            longitude=place.longitude,
            accuracy_m=round(accuracy_m * self._random.uniform(0.9, 1.1), 1),
            fix_at=now,
            provider="simulated",
        )
        return self._last

    @abstractmethod
    def _truth(self, now: datetime) -> Position | None:
        """Return where the phone really is, if that is known."""

    def _jitter(self, truth: Position, accuracy_m: float) -> Position:
        sigma = accuracy_m / 1.51
        east, north = self._drift_m
        # An autoregressive walk: errors of a real receiver are alike from one second to the next.
        east = 0.8 * east + 0.6 * self._random.gauss(0, sigma) * 0.5
        north = 0.8 * north + 0.6 * self._random.gauss(0, sigma) * 0.5
        self._drift_m = (east, north)
        return _moved(truth, east_m=east, north_m=north)


class FixedGps(_Simulation):
    """A phone that lies still at one point."""

    def __init__(
        self, place: Position, *, now: Now, accuracy_m: float = 8.0, seed: int = 1
    ) -> None:
        super().__init__(now=now, accuracy_m=accuracy_m, seed=seed)
        self._place = place

    def _truth(self, now: datetime) -> Position:  # noqa: ARG002 - it is there at all times
        return self._place


class RouteGps(_Simulation):
    """A rep who rides to the next stop at the speed of a motorbike in town and waits there."""

    def __init__(
        self,
        next_place: NextPlace,
        *,
        now: Now,
        speed_kmh: float = 28.0,
        accuracy_m: float = 8.0,
        seed: int = 1,
    ) -> None:
        super().__init__(now=now, accuracy_m=accuracy_m, seed=seed)
        self._next_place = next_place
        self._speed_mps = speed_kmh / 3.6
        self._place: Position | None = None
        self._moved_at: datetime | None = None

    def _truth(self, now: datetime) -> Position | None:
        goal = self._next_place()
        if self._place is None:
            # The day opens a short ride from the first stop.
            self._place = goal and _moved(goal, east_m=_STARTS_EAST_M, north_m=_STARTS_NORTH_M)
        elif goal is not None and self._moved_at is not None:
            ridden_m = self._speed_mps * max(0.0, (now - self._moved_at).total_seconds())
            self._place = _towards(self._place, goal, ridden_m)
        self._moved_at = now
        return self._place


class TrackGps(_Simulation):
    """A phone carried along a recorded track, from its start, at the speed it was recorded with."""

    def __init__(self, track: Track, *, now: Now, accuracy_m: float = 8.0, seed: int = 1) -> None:
        super().__init__(now=now, accuracy_m=accuracy_m, seed=seed)
        self._points = track
        self._began_at: datetime | None = None

    def _truth(self, now: datetime) -> Position:
        self._began_at = self._began_at or now
        played_s = max(0.0, (now - self._began_at).total_seconds())
        previous_s, place = self._points[0]
        for at_s, point in self._points:
            if at_s > played_s:
                share = (played_s - previous_s) / (at_s - previous_s)
                return _between(place, point, share)
            previous_s, place = at_s, point
        return place


def read_track(file: Path) -> Track:
    """
    Return the points of a GPX or GeoLife file; a second apart where it tells no time.

    :raises OSError: if it cannot be read
    :raises ValueError: if it is neither or holds no track points
    """
    content = file.read_bytes()
    points: list[GpxPoint]
    try:
        if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            points = [point for segment in read_gpx(content) for point in segment]
        else:
            points = read_geolife(content)
    except ValueError as fault:
        raise ValueError(f"{file} is no GPX or GeoLife file ({fault})") from fault
    if not points:
        raise ValueError(f"{file} holds no track points")
    began_at = next((point.at for point in points if point.at is not None), None)
    return tuple(
        (_seconds_into(point.at, began_at, otherwise=number), point)
        for number, point in enumerate(points)
    )


def _seconds_into(at: datetime | None, began_at: datetime | None, *, otherwise: float) -> float:
    return (at - began_at).total_seconds() if at and began_at else float(otherwise)


def _moved(place: Position, *, east_m: float, north_m: float) -> Position:
    shrink = max(0.01, math.cos(math.radians(place.latitude)))
    return Position(
        place.latitude + north_m / _METRES_PER_DEGREE,
        place.longitude + east_m / (_METRES_PER_DEGREE * shrink),
    )


def _towards(place: Position, goal: Position, ridden_m: float) -> Position:
    away_m = distance_m(place, goal)
    if away_m <= max(_ARRIVED_M, ridden_m):
        return goal
    return _between(place, goal, ridden_m / away_m)


def _between(one: Position, other: Position, share: float) -> Position:
    return Position(
        one.latitude + (other.latitude - one.latitude) * share,
        one.longitude + (other.longitude - one.longitude) * share,
    )
