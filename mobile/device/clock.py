"""The clocks of the phone: the one on the wall, and the one nobody can set."""

import os
import time
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from shared.time import utc_now


class Clock(Protocol):
    """What time it is, and how long the phone has been running."""

    def now(self) -> datetime:
        """Return the wall clock, UTC."""

    def elapsed_ms(self) -> int:
        """Return milliseconds since boot, sleep included."""

    @property
    def boot_id(self) -> str:
        """An id that changes with each start of the phone."""

    @property
    def time_zone(self) -> str:
        """The phone's zone, an IANA name."""


class LinuxClock:
    """The clocks of Linux and Android."""

    def now(self) -> datetime:
        """Return the wall clock, UTC."""
        return utc_now()

    def elapsed_ms(self) -> int:
        """Return milliseconds since boot, sleep included."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    @cached_property
    def boot_id(self) -> str:
        """The kernel's id of this boot."""
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()

    @cached_property
    def time_zone(self) -> str:
        """The zone of `TZ` or of the system; Asia/Jakarta where a desktop does not say."""
        return _zone_of_system()


def _zone_of_system() -> str:
    named = os.environ.get("TZ", "").lstrip(":")
    link = Path("/etc/localtime")
    if not named and link.is_symlink():
        named = str(link.resolve()).partition("zoneinfo/")[2]
    try:
        zone = ZoneInfo(named).key
    except (ValueError, OSError, KeyError):
        zone = ""
    # A container and a build machine run on UTC, where nobody sells.
    return zone if "/" in zone and not zone.startswith("Etc/") else "Asia/Jakarta"
