"""How many requests a phone may send: counted in the memory of each web server process.

Not in Redis, which answers as slowly as the database does and may be away: the limit is there for a
phone gone wild, and need not be exact. Several processes let through so many times as much.
"""

import hashlib
import math
import threading
import time
from collections.abc import Callable

from server.platform.errors import ProblemError
from server.platform.settings import current_settings
from shared.i18n import N_

_MOST_KNOWN = 20_000


class TooManyRequestsError(ProblemError):
    """This phone asks more often than any honest one does."""

    code = "too_many_requests"
    status = 429
    title = N_("This phone sends too many requests. It comes again a little later.")


class Pace:
    """Lets each sender go at a steady pace, and a minute's worth of requests at once.

    Known as the generic cell rate algorithm: of each sender one number is kept, the time at which
    what was let through so far would have come at the steady pace.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due: dict[bytes, float] = {}
        self._lock = threading.Lock()

    def seconds_to_wait(self, sender: bytes, *, per_minute: int) -> int:
        """
        Count a request; return 0 where it may come now, else the seconds after which it may.

        :param per_minute: requests; 0: as many as wanted
        """
        if per_minute <= 0:
            return 0
        now, step_s = self._clock(), 60.0 / per_minute
        with self._lock:
            due = max(self._due.get(sender, 0.0), now)
            too_early_s = due + step_s - now - 60.0
            if too_early_s > 0:
                return math.ceil(too_early_s)
            if sender not in self._due and len(self._due) >= _MOST_KNOWN:
                self._forget(now)
            self._due[sender] = due + step_s
        return 0

    def _forget(self, now: float) -> None:
        """Forget those who have rested; all, where nobody has."""
        self._due = {sender: due for sender, due in self._due.items() if due > now}
        if len(self._due) >= _MOST_KNOWN:
            self._due = {}


_PACE = Pace()


def keep_pace(token: str) -> None:
    """
    Let no phone take the turns of the others: count a request that came with this token.

    :raises TooManyRequestsError: with the seconds after which it may come
    """
    sender = hashlib.sha256(token.encode(errors="replace")).digest()
    per_minute = current_settings().phone_requests_per_minute
    if wait_s := _PACE.seconds_to_wait(sender, per_minute=per_minute):
        raise TooManyRequestsError(retry_after_s=wait_s)
