"""Telling the office where the phone is, while it is online: best effort, and no evidence.

Nothing is kept for later: a position that did not arrive is soon out of date, and the day's track
comes with the next sync anyway.
"""

import logging
import threading
from collections.abc import Callable

from mobile.device.battery import Battery
from mobile.device.connectivity import Connectivity
from mobile.storage import days, device
from mobile.storage.database import Database
from mobile.sync.answers import SyncError
from mobile.sync.api_client import ApiClient
from shared.checkin.evidence import Fix
from shared.geo import haversine_m
from shared.sync.protocol import ClockReading

_log = logging.getLogger(__name__)

_MOVED_M = 50.0
_MOVING_EVERY_MS = 10_000
_STILL_EVERY_MS = 60_000
_REST_MS = 60_000
"""After a failure: an office that cannot be reached is not asked again at once."""
_OLDEST_S = 60.0


class LivePositions:
    """Sends the newest fix: moving every 10 s, still every minute, outside the day never."""

    def __init__(
        self,
        *,
        database: Database,
        api: ApiClient,
        connectivity: Connectivity,
        battery: Battery,
        read_clock: Callable[[], ClockReading],
    ) -> None:
        self._database = database
        self._api = api
        self._connectivity = connectivity
        self._battery = battery
        self._read_clock = read_clock
        self._sent: Fix | None = None
        self._next_ms = 0
        self._thread: threading.Thread | None = None

    def offer(self, fix: Fix) -> None:
        """Send a fix in the background where it is due; never waits for the network."""
        if self._is_due(fix):
            self._thread = threading.Thread(
                target=self.send, args=(fix,), name="live position", daemon=True
            )
            self._thread.start()

    def send(self, fix: Fix) -> bool:
        """Send a fix now; return whether it arrived. Waits for the network."""
        reading = self._read_clock()
        now_ms = reading.elapsed_ms
        self._next_ms = now_ms + _MOVING_EVERY_MS
        with self._database.read() as connection:
            state = device.find(connection)
            if state is None or not days.may_record(connection, state.today(reading)):
                return False
        position = {
            "latitude": fix.latitude,
            "longitude": fix.longitude,
            "accuracy_m": fix.accuracy_m,
            "age_s": fix.age_s,
            "battery_percent": self._battery.percent(),
        }
        try:
            self._api.send_position(state.server_url, position)
        except SyncError as error:
            # Also where the server does not know yet that the day has begun.
            _log.info("live position not sent: %s", error.code)
            self._next_ms = now_ms + _REST_MS
            return False
        self._sent = fix
        return True

    def _is_due(self, fix: Fix) -> bool:
        now_ms = self._read_clock().elapsed_ms
        if now_ms < self._next_ms or fix.age_s > _OLDEST_S or not self._connectivity.is_online:
            return False
        if self._thread is not None and self._thread.is_alive():
            return False
        if self._sent is None or now_ms >= self._next_ms + _STILL_EVERY_MS - _MOVING_EVERY_MS:
            return True
        return haversine_m(self._sent.position, fix.position) >= _MOVED_M
