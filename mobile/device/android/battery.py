"""The battery of an Android phone."""

from typing import Any

# BatteryManager.BATTERY_PROPERTY_CAPACITY
_CAPACITY = 4


class AndroidBattery:
    """Asks the system."""

    def __init__(self, context: Any) -> None:
        """Take the app's `android.content.Context`."""
        self._manager = context.getSystemService("batterymanager")

    def percent(self) -> int | None:
        """Return the charge, 0 to 100; None where the phone does not say."""
        if self._manager is None:
            return None
        charge = int(self._manager.getIntProperty(_CAPACITY))
        # Integer.MIN_VALUE is how Android says that it does not know.
        return charge if 0 <= charge <= 100 else None
