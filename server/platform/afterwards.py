"""What many requests have to say after their commits, told by a thread of its own.

For a phone that pushes a few changes, Redis took as long as the database. Nobody waits for it any
more, and what came within a moment is told once. Only for what may be lost: a thread ends with its
process.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable

from shared import failpoints

logger = logging.getLogger(__name__)

_GATHER_S = 0.05
_LINGER_S = 5.0
"""So long the thread waits for more before it ends."""


class Afterwards:
    """Gathers things, and tells them a little later."""

    def __init__(self, tell: Callable[[set[str]], None]) -> None:
        self._tell = tell
        self._things: set[str] = set()
        self._lock = threading.Lock()
        self._noted = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, things: Iterable[str]) -> None:
        """Have something told. Returns at once, and never raises."""
        with self._lock:
            self._things.update(things)
            self._noted.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="afterwards", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while self._noted.wait(_LINGER_S) or not self._ends():
            time.sleep(_GATHER_S)
            with self._lock:
                things, self._things = self._things, set()
                self._noted.clear()
            failpoints.reach("server: committed, and a worker about to be woken")
            try:
                self._tell(things)
            except Exception:
                logger.exception("what was to be told is lost: %s", sorted(things))

    def _ends(self) -> bool:
        with self._lock:
            if self._noted.is_set():
                return False
            self._thread = None
            return True
