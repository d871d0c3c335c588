"""The service that keeps the route: `mobile/android/track.py`, in a process of its own."""

import logging
from typing import Any

from jnius import JavaException, autoclass

_log = logging.getLogger(__name__)


class AndroidTrack:
    """Starts and stops the class that python-for-android makes for `services` of the spec."""

    def __init__(self, activity: Any) -> None:
        """Take the app's activity."""
        self._activity = activity
        self._service = autoclass(f"{activity.getPackageName()}.ServiceTrack")

    def start(self, title: str, words: str) -> bool:
        """Begin; False where Android forbids it now, as it does while the app is not in sight."""
        try:
            self._service.start(self._activity, "", title, words, "")
        except JavaException as error:  # ForegroundServiceStartNotAllowedException and others
            _log.warning("no background track: %s", error)
            return False
        return True

    def stop(self) -> None:
        """End it; nothing where it does not run."""
        self._service.stop(self._activity)
