"""How full the battery is."""

from pathlib import Path
from typing import Protocol

_SUPPLIES = Path("/sys/class/power_supply")


class Battery(Protocol):
    """Tells the charge. Asking costs nothing and never waits."""

    def percent(self) -> int | None:
        """Return the charge, 0 to 100; None where there is no battery or it does not say."""


class LinuxBattery:
    """The battery of a laptop; a desktop has none."""

    def __init__(self, supplies: Path = _SUPPLIES) -> None:
        self._supplies = supplies

    def percent(self) -> int | None:
        """Return the charge, 0 to 100; None without a battery."""
        for capacity in sorted(self._supplies.glob("BAT*/capacity")):
            try:
                return max(0, min(100, int(capacity.read_text())))
            except (OSError, ValueError):
                continue
        return None
