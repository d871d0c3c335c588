"""All clocks of the phone read at one moment."""

from mobile.device.clock import Clock
from shared.sync.change import ClockReading


def read_clock(clock: Clock) -> ClockReading:
    """Return what the clocks say now."""
    return ClockReading(
        wall_ms=round(clock.now().timestamp() * 1000),
        elapsed_ms=clock.elapsed_ms(),
        boot_id=clock.boot_id,
    )
