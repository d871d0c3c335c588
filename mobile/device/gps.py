"""Where the phone is: the fix every part of the app understands, and what a source of fixes offers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

Place = tuple[float, float]
"""Latitude and longitude, degrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One position as the platform reported it."""

    latitude: float
    longitude: float
    accuracy_m: float | None
    """Radius that holds the true position with 68 % probability; None where it is not told."""
    fixed_at: datetime
    """When the position was measured, UTC."""
    provider: str
    """`gps`, `network` or `fused`; `simulated` on the desktop."""
    is_mock: bool = False
    speed_mps: float | None = None
    altitude_m: float | None = None

    @property
    def place(self) -> Place:
        """Latitude and longitude, degrees."""
        return self.latitude, self.longitude


class Gps(Protocol):
    """A source of fixes. It may be asked often: asking costs nothing and never waits."""

    def start(self) -> None:
        """Begin to measure; starting twice does nothing."""

    def stop(self) -> None:
        """Stop measuring, to save the battery."""

    def last_fix(self) -> Fix | None:
        """Return the newest fix, or None while there is none."""


NextPlace = Callable[[], Place | None]
"""Tells a simulation where the rep is heading for."""
