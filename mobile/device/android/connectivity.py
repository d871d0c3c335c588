"""Whether an Android phone has a network, as the system tells."""

import logging
from typing import Any

from android.broadcast import BroadcastReceiver

from mobile.device.connectivity import Listener

_log = logging.getLogger(__name__)
_CHANGED = "android.net.conn.CONNECTIVITY_CHANGE"
# NetworkCapabilities.NET_CAPABILITY_INTERNET: a company's own server need not be on the internet,
# so the stricter VALIDATED would keep a phone in the office's network from syncing.
_INTERNET = 12
_NOT_METERED = 11


class AndroidConnectivity:
    """Asks the system, and hears of changes by its broadcast."""

    def __init__(self, context: Any) -> None:
        """Take the app's `android.content.Context`, and begin to listen."""
        self._manager = context.getSystemService("connectivity")
        self._listeners: list[Listener] = []
        self._was = (self.is_online, self.is_metered)
        self._receiver = BroadcastReceiver(self._on_change, actions=[_CHANGED])
        self._receiver.start()

    @property
    def is_online(self) -> bool:
        """Whether the phone has a network that leads anywhere."""
        return self._has(_INTERNET)

    @property
    def is_metered(self) -> bool:
        """Whether what is sent costs the rep; without a network it would."""
        return not self._has(_NOT_METERED)

    def subscribe(self, listener: Listener) -> None:
        """Call a function with the new state on every change, on the receiver's thread."""
        self._listeners.append(listener)

    def _on_change(self, _context: Any, _intent: Any) -> None:
        # Several broadcasts come for one change.
        now = (self.is_online, self.is_metered)
        if now == self._was:
            return
        self._was = now
        for listener in self._listeners:
            listener(now[0])

    def _has(self, capability: int) -> bool:
        network = self._manager.getActiveNetwork()
        if network is None:
            return False
        capabilities = self._manager.getNetworkCapabilities(network)
        return capabilities is not None and bool(capabilities.hasCapability(capability))
