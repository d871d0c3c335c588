"""The clocks of an Android phone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from jnius import autoclass

from mobile.device.clock import LinuxClock

_SystemClock = autoclass("android.os.SystemClock")
_Global = autoclass("android.provider.Settings$Global")
_TimeZone = autoclass("java.util.TimeZone")
_DEFAULT_ZONE = "Asia/Jakarta"


class AndroidClock:
    """The phone's clocks, by Android's own names for them."""

    def __init__(self, context: object) -> None:
        """Take the app's `android.content.Context`."""
        self._wall = LinuxClock()
        resolver = context.getContentResolver()  # type: ignore[attr-defined]
        # Counted by the system since the phone was new; apps may not read the kernel's own id.
        self._boots = int(_Global.getInt(resolver, _Global.BOOT_COUNT, 0))

    def now(self) -> datetime:
        """Return the wall clock, UTC."""
        return self._wall.now()

    def elapsed_ms(self) -> int:
        """Return milliseconds since boot, sleep included."""
        return int(_SystemClock.elapsedRealtime())

    @property
    def boot_id(self) -> str:
        """How often the phone was started."""
        return f"boot-{self._boots}"

    @property
    def time_zone(self) -> str:
        """The phone's zone now; travellers change it while the app runs."""
        name = str(_TimeZone.getDefault().getID())
        try:
            return ZoneInfo(name).key
        except (KeyError, OSError, ValueError):  # "GMT+07:00", set by hand
            return _DEFAULT_ZONE
