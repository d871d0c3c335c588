"""What a source of positions offers the phone. The fix itself is `shared.checkin.evidence.Fix`."""

from collections.abc import Callable
from typing import Protocol

from shared.checkin.evidence import Fix
from shared.geo import Position


class Gps(Protocol):
    """A source of fixes. Asking costs nothing and never waits, so it may be asked often."""

    def start(self) -> None:
        """Begin to measure; starting twice does nothing."""

    def stop(self) -> None:
        """Stop measuring, to save the battery."""

    def last_fix(self) -> Fix | None:
        """Return the newest fix, with its age now, or None while there is none."""


NextPlace = Callable[[], Position | None]
"""Tells a simulation where the rep is heading for."""
