"""Opens other apps by an Android intent: the dialler, WhatsApp, the maps app."""

from typing import Any

from jnius import JavaException, autoclass

_Intent = autoclass("android.content.Intent")
_Uri = autoclass("android.net.Uri")


class AndroidLinks:
    """Shows the number in the dialler: the rep presses call, and no permission is needed."""

    def __init__(self, activity: Any) -> None:
        self._activity = activity

    def open(self, address: str) -> bool:
        """Open it; False where the phone has no app for it."""
        action = _Intent.ACTION_DIAL if address.startswith("tel:") else _Intent.ACTION_VIEW
        try:
            self._activity.startActivity(_Intent(action, _Uri.parse(address)))
        except JavaException:  # ActivityNotFoundException
            return False
        return True
