"""The time as well as this phone knows it: its user may have set the wall clock to anything."""

import datetime as dt

from mobile.device.clock import Clock
from mobile.services.recorder import Recorder
from mobile.storage import device
from mobile.storage.device import DeviceState


class TrueClock:
    """A clock that goes by the server's last word on the time, and shows the rep's zone."""

    def __init__(self, *, recorder: Recorder) -> None:
        self._recorder = recorder
        self._clock: Clock = recorder.clock

    def now(self) -> dt.datetime:
        """Return the time, UTC; before the phone is enrolled the wall clock."""
        state = self._state()
        return state.true_time(self._recorder.read_clock()) if state else self._clock.now()

    def elapsed_ms(self) -> int:
        """Return milliseconds since boot, sleep included."""
        return self._clock.elapsed_ms()

    @property
    def boot_id(self) -> str:
        """The id of this start of the phone."""
        return self._clock.boot_id

    @property
    def time_zone(self) -> str:
        """The rep's zone; before the phone is enrolled the phone's."""
        state = self._state()
        return state.time_zone if state else self._clock.time_zone

    def _state(self) -> DeviceState | None:
        with self._recorder.database.read() as connection:
            return device.find(connection)
