"""What a phone records at a check-in or check-out, for ever and unchanged."""

import datetime as dt
import math
from dataclasses import dataclass

from shared.geo import Position, check_degrees
from shared.time import is_zone

DEFAULT_FENCE_RADIUS_M = 100.0


@dataclass(slots=True, kw_only=True)
class Fix:
    """One position fix, as the platform reported it."""

    latitude: float
    longitude: float
    accuracy_m: float
    """Radius that holds the true position with 68 % probability, as Android defines it."""
    fix_at: dt.datetime
    """When the position was measured (UTC)."""
    age_s: float = 0.0
    """How old the fix was at capture."""
    provider: str = "gps"
    is_mock: bool = False
    speed_mps: float | None = None
    altitude_m: float | None = None
    samples: int = 1
    """How many fixes were sampled before this one was chosen."""

    def __post_init__(self) -> None:
        check_degrees(self.latitude, self.longitude)
        _require_amount(self.accuracy_m, "accuracy_m")
        _require_amount(self.age_s, "age_s")
        if self.fix_at.tzinfo is not dt.UTC:
            _require_aware(self.fix_at, "fix_at")
        if self.samples < 1:
            raise ValueError(f"samples counts from 1: {self.samples}")

    @property
    def position(self) -> Position:
        """Return where the fix lies."""
        return Position(self.latitude, self.longitude)


@dataclass(slots=True, kw_only=True)
class Fence:
    """The customer's geofence at the moment of capture; moving the customer does not change it."""

    customer_id: str
    latitude: float | None
    longitude: float | None
    radius_m: float = DEFAULT_FENCE_RADIUS_M
    location_version: int = 0

    def __post_init__(self) -> None:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("a fence has both latitude and longitude, or neither")
        if self.latitude is not None and self.longitude is not None:
            check_degrees(self.latitude, self.longitude)
        if not (math.isfinite(self.radius_m) and self.radius_m > 0):
            raise ValueError(f"radius_m is a positive number: {self.radius_m}")

    @property
    def centre(self) -> Position | None:
        """Return the customer's point, or None where none is known yet."""
        if self.latitude is None or self.longitude is None:
            return None
        return Position(self.latitude, self.longitude)


@dataclass(slots=True, kw_only=True)
class Anchor:
    """The last moment at which the phone heard the server's time."""

    server_at: dt.datetime
    elapsed_ms: int
    """Milliseconds since boot, sleep included, when the server's answer came."""
    boot_id: str

    def __post_init__(self) -> None:
        _require_aware(self.server_at, "server_at")
        _require_amount(self.elapsed_ms, "elapsed_ms")


@dataclass(slots=True, kw_only=True)
class ClockReading:
    """The clocks of the phone at one moment."""

    wall_at: dt.datetime
    """The phone's own clock (UTC); its owner can set it to anything."""
    time_zone: str
    boot_id: str
    elapsed_ms: int
    """Milliseconds since boot, sleep included; nobody can set it."""
    anchor: Anchor | None = None
    gnss_at: dt.datetime | None = None
    """The time of a satellite fix at this moment, where there was one."""

    def __post_init__(self) -> None:
        if self.wall_at.tzinfo is not dt.UTC:  # what is in UTC needs no look; so below
            _require_aware(self.wall_at, "wall_at")
        _require_amount(self.elapsed_ms, "elapsed_ms")
        if self.gnss_at is not None:
            _require_aware(self.gnss_at, "gnss_at")
        if not is_zone(self.time_zone):
            raise ValueError(f"not a time zone: {self.time_zone!r}")


def _require_amount(value: float, name: str) -> None:
    if not 0 <= value < math.inf:
        raise ValueError(f"{name} is a number from 0 up: {value}")


def _require_aware(instant: dt.datetime, name: str) -> None:
    if instant.utcoffset() is None:
        raise ValueError(f"{name} needs its UTC offset: {instant!r}")
