"""The phone's receiver behind `mobile.device.gps.Gps`: permission, listening, the best fix now."""

import threading
from dataclasses import replace
from enum import StrEnum
from typing import Any

from android.permissions import request_permissions
from jnius import autoclass

from mobile.device.android.location import LocationListener, MeasuredFix
from shared.checkin.evidence import Fix

FINE = "android.permission.ACCESS_FINE_LOCATION"
COARSE = "android.permission.ACCESS_COARSE_LOCATION"
_PROVIDERS = ("gps", "network")
_EVERY_MS = 1000
_STALE_S = 10.0
# PackageManager.PERMISSION_GRANTED
_GRANTED = 0

_SystemClock = autoclass("android.os.SystemClock")
_Looper = autoclass("android.os.Looper")


class LocationPermission(StrEnum):
    """What the rep lets the app know."""

    NONE = "none"
    APPROXIMATE = "approximate"
    """To about 2 km: every check-in comes out as uncertain."""
    PRECISE = "precise"


class AndroidGps:
    """Listens while started and permitted; a permission given later is noticed by itself."""

    def __init__(self, context: Any, *, may_ask: bool = True) -> None:
        """
        Take the app's `android.content.Context`.

        :param may_ask: False in a service, which has nobody to ask
        """
        self._context = context
        self._may_ask = may_ask
        self._manager = context.getSystemService("location")
        self._listener = LocationListener(self._take)
        self._lock = threading.Lock()
        self._best: MeasuredFix | None = None
        self._is_wanted = False
        self._was_asked = False
        self._listens_with = LocationPermission.NONE

    @property
    def permission(self) -> LocationPermission:
        """What is permitted now; it can be taken back in the phone's settings at any time."""
        if self._context.checkSelfPermission(FINE) == _GRANTED:
            return LocationPermission.PRECISE
        if self._context.checkSelfPermission(COARSE) == _GRANTED:
            return LocationPermission.APPROXIMATE
        return LocationPermission.NONE

    def start(self) -> None:
        """Begin to measure; asks the rep once in a run of the app where it is not permitted."""
        self._is_wanted = True
        may_ask = self._may_ask and not self._was_asked
        if may_ask and self.permission == LocationPermission.NONE:
            self._was_asked = True
            request_permissions([COARSE, FINE])
        self._listen()

    def stop(self) -> None:
        """Stop measuring, to save the battery."""
        self._is_wanted = False
        self._stop_listening()

    def last_fix(self) -> Fix | None:
        """Return the best fix of late with its age now, or None while there is none."""
        self._listen()
        with self._lock:
            best = self._best
        if best is None:
            return None
        return replace(best.fix, age_s=round(best.age_s(_SystemClock.elapsedRealtimeNanos()), 3))

    def _listen(self) -> None:
        """Ask for fixes with what is permitted now, where that is not done yet."""
        permission = self.permission
        if not self._is_wanted or permission == self._listens_with:
            return
        self._stop_listening()
        if permission == LocationPermission.NONE:
            return
        offered = set(self._manager.getAllProviders().toArray())
        for provider in _PROVIDERS:
            # The receiver itself is for those with the precise permission only.
            if provider not in offered or (
                provider == "gps" and permission != LocationPermission.PRECISE
            ):
                continue
            self._manager.requestLocationUpdates(
                provider, _EVERY_MS, 0.0, self._listener, _Looper.getMainLooper()
            )
        self._listens_with = permission

    def _stop_listening(self) -> None:
        if self._listens_with != LocationPermission.NONE:
            self._manager.removeUpdates(self._listener)
            self._listens_with = LocationPermission.NONE

    def _take(self, measured: MeasuredFix) -> None:
        """Keep the better of two, on Android's thread: the sharper one, unless it grew old."""
        with self._lock:
            best = self._best
            if (
                best is None
                or measured.fix.accuracy_m <= best.fix.accuracy_m
                or measured.fix.provider == best.fix.provider
                or best.age_s(measured.elapsed_ns) > _STALE_S
            ):
                self._best = measured
