"""Android's location listener: every way in which the system calls it, turned into fixes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jnius import PythonJavaClass, autoclass, java_method

from shared.checkin.evidence import Fix

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NS_PER_S = 1_000_000_000
_IS_MOCK_SINCE_API = 31

_Version = autoclass("android.os.Build$VERSION")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFix:
    """A fix and when it was measured, by the clock nobody can set."""

    fix: Fix
    elapsed_ns: int
    """Nanoseconds since boot, sleep included."""

    def age_s(self, now_ns: int) -> float:
        """Return how old it is; never below 0."""
        return max(0, now_ns - self.elapsed_ns) / _NS_PER_S


class LocationListener(PythonJavaClass):
    """Hands on each fix. Keep a reference: Java holds none that Python's collector sees."""

    __javainterfaces__ = ["android/location/LocationListener"]
    __javacontext__ = "app"

    def __init__(self, on_fix: Callable[[MeasuredFix], None]) -> None:
        super().__init__()
        self._on_fix = on_fix

    @java_method("(Landroid/location/Location;)V")
    def onLocationChanged(self, location: Any) -> None:  # noqa: N802 - Android's name
        """Take one fix."""
        measured = read_location(location)
        if measured is not None:
            self._on_fix(measured)

    # Android 12 and newer deliver fixes in batches; without this method they would be lost.
    @java_method("(Ljava/util/List;)V", name="onLocationChanged")
    def onLocationsChanged(self, locations: Any) -> None:  # noqa: N802
        """Take several fixes, oldest first."""
        for index in range(locations.size()):
            self.onLocationChanged(locations.get(index))

    @java_method("(I)V")
    def onFlushComplete(self, request: int) -> None:  # noqa: N802
        """Hear of a flush nobody asked for."""

    @java_method("(Ljava/lang/String;)V")
    def onProviderEnabled(self, provider: str) -> None:  # noqa: N802
        """Hear that a provider is back; its fixes come by themselves."""

    @java_method("(Ljava/lang/String;)V")
    def onProviderDisabled(self, provider: str) -> None:  # noqa: N802
        """Hear that a provider is gone; the last fix grows old, which the screens show."""

    @java_method("(Ljava/lang/String;ILandroid/os/Bundle;)V")
    def onStatusChanged(  # noqa: N802
        self, provider: str, status: int, extras: Any
    ) -> None:
        """Hear what Android 9 and older say."""


def read_location(location: Any) -> MeasuredFix | None:
    """Return what an `android.location.Location` says, or None where it cannot be judged."""
    # Without an accuracy nobody can say whether it lies inside a fence.
    if not location.hasAccuracy():
        return None
    try:
        fix = Fix(
            latitude=location.getLatitude(),
            longitude=location.getLongitude(),
            accuracy_m=round(location.getAccuracy(), 1),
            fix_at=_EPOCH + timedelta(milliseconds=location.getTime()),
            provider=location.getProvider(),
            is_mock=_is_mock(location),
            speed_mps=location.getSpeed() if location.hasSpeed() else None,
            altitude_m=location.getAltitude() if location.hasAltitude() else None,
        )
    except ValueError:  # a mock provider sends what it likes
        return None
    return MeasuredFix(fix=fix, elapsed_ns=location.getElapsedRealtimeNanos())


def _is_mock(location: Any) -> bool:
    if _Version.SDK_INT >= _IS_MOCK_SINCE_API:
        return bool(location.isMock())
    return bool(location.isFromMockProvider())
