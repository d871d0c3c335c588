"""The day's track: recorded between start and end of the day only, and with the rep's consent."""

from typing import TYPE_CHECKING

from mobile.device.battery import Battery
from mobile.services.recorder import Recorder
from mobile.storage import days, device, tracks
from mobile.storage.device import to_ms
from mobile.storage.tracks import TrackFix
from shared.checkin.evidence import Fix
from shared.geo import Position, distance_m
from shared.sync.ids import new_id
from shared.tracking.chunks import MAX_FIXES

if TYPE_CHECKING:
    from mobile.storage.outbox import Action

_MOVED_M = 50.0
_MOVING_EVERY_MS = 30_000
_STILL_EVERY_MS = 300_000
_CHUNK_AFTER_MS = 300_000
LOW_BATTERY_PERCENT = 15


class TrackService:
    """Thins out fixes and sends them in chunks."""

    def __init__(self, *, recorder: Recorder, battery: Battery | None = None) -> None:
        self._recorder = recorder
        self._battery = battery
        self._last: TrackFix | None = None

    @property
    def is_recording(self) -> bool:
        """Whether the rep's way is recorded now: the day runs and the rep has agreed."""
        reading = self._recorder.read_clock()
        with self._recorder.database.read() as connection:
            state = device.find(connection)  # None: the phone is nobody's
            return state is not None and days.may_record(connection, state.today(reading))

    def record(self, fix: Fix) -> bool:
        """Keep a fix where it adds to the track; return whether it was kept."""
        point = TrackFix(
            at_ms=self._measured_ms(fix),
            latitude=fix.latitude,
            longitude=fix.longitude,
            accuracy_m=fix.accuracy_m,
            is_mock=fix.is_mock,
        )
        if not _adds_something(self._last, point) or self._spares_battery():
            return False
        if not self.is_recording:
            return False
        self._last = point
        with self._recorder.database.write() as connection:
            tracks.add(connection, point)
            waiting = tracks.waiting(connection)
            full = len(waiting) >= MAX_FIXES
            if full or point.at_ms - waiting[0].at_ms >= _CHUNK_AFTER_MS:
                with self._recorder.action() as action:
                    flush_track(action)
        return True

    def _measured_ms(self, fix: Fix) -> int:
        """Return when a fix was measured.

        Satellites bring their own time; all other positions carry the phone's clock, which may be
        wrong by hours, so that their time is worked out from their age.
        """
        if fix.provider == "gps":
            return to_ms(fix.fix_at)
        reading = self._recorder.read_clock()
        with self._recorder.database.read() as connection:
            now_ms = to_ms(device.get(connection).true_time(reading))
        return now_ms - round(fix.age_s * 1000)

    def _spares_battery(self) -> bool:
        """Whether the rest of the battery is for the visits alone."""
        percent = self._battery.percent() if self._battery is not None else None
        return percent is not None and percent < LOW_BATTERY_PERCENT


def flush_track(action: "Action") -> None:
    """Put the waiting fixes into chunks of the outbox, in the same transaction."""
    time_zone = device.get(action.connection).time_zone
    waiting = tracks.waiting(action.connection)
    for start in range(0, len(waiting), MAX_FIXES):
        fixes = [
            [fix.at_ms, fix.latitude, fix.longitude, fix.accuracy_m, int(fix.is_mock)]
            for fix in waiting[start : start + MAX_FIXES]
        ]
        action.create("track", new_id(), {"time_zone": time_zone, "fixes": fixes})
    tracks.clear(action.connection)


def _adds_something(last: TrackFix | None, point: TrackFix) -> bool:
    """Say whether a point is worth keeping: moving every 50 m or 30 s, still every 5 minutes."""
    if last is None:
        return True
    passed_ms = point.at_ms - last.at_ms
    moved_m = distance_m(
        Position(last.latitude, last.longitude), Position(point.latitude, point.longitude)
    )
    if moved_m >= _MOVED_M or passed_ms >= _STILL_EVERY_MS:
        return True
    # What the fix's own error explains is no movement.
    return passed_ms >= _MOVING_EVERY_MS and moved_m > max(last.accuracy_m, point.accuracy_m)
