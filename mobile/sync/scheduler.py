"""When to sync: one thread that asks "is there something to do?" again and again.

No single missed event can leave a change lying: it is looked for at the start, when the network
comes back, after each action, every 15 minutes, and after every sync.
"""

import fcntl
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mobile.device.connectivity import Connectivity
from mobile.storage import device, outbox
from mobile.storage.database import Database
from mobile.sync import backoff
from mobile.sync.answers import ChainRefusedError, SendOnlyError, SyncError, WipeError
from mobile.sync.engine import Phone, synchronize

_log = logging.getLogger(__name__)

REGULARLY_S = 900.0
AFTER_ACTION_S = 2.0


class SyncScheduler:
    """Runs sync in a thread of its own. `on_finished` is called there after each attempt."""

    def __init__(
        self,
        *,
        phone: Phone,
        connectivity: Connectivity,
        rng: random.Random | None = None,
        on_finished: Callable[[], None] = lambda: None,
        send_photos: Callable[[], int] = lambda: 0,
        wipe: Callable[[WipeError], bool] = lambda _request: False,
    ) -> None:
        self._phone = phone
        self._connectivity = connectivity
        self._rng = rng or random.SystemRandom()
        self._on_finished = on_finished
        self._wake = threading.Condition()
        self._due_at = time.monotonic()
        self._send_photos = send_photos
        self._wipe = wipe
        self._failures = 0
        self._photo_failures = 0
        self._photos_due_at = 0.0
        self._running = False
        self._stopped = False
        self._thread: threading.Thread | None = None
        connectivity.subscribe(self._on_connectivity)

    @property
    def is_running(self) -> bool:
        """Whether it is exchanging something right now."""
        return self._running

    def start(self) -> None:
        """Begin; the first sync comes at once."""
        self._thread = threading.Thread(target=self._loop, name="sync", daemon=True)
        self._thread.start()

    @property
    def is_stopping(self) -> bool:
        """Whether it ends soon: nothing long should begin."""
        return self._stopped

    def stop(self, *, timeout_s: float = 5.0) -> None:
        """End after the sync that is running."""
        with self._wake:
            self._stopped = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def request(self) -> None:
        """Sync at once."""
        self._sync_within(0.0, forget_failures=True)

    def notice_action(self) -> None:
        """Sync soon: the rep has recorded something. More may follow, so wait a moment."""
        if self._failures == 0:
            self._sync_within(AFTER_ACTION_S)

    def _on_connectivity(self, is_online: bool) -> None:  # noqa: FBT001 - a listener's signature
        if is_online:
            self._sync_within(self._rng.uniform(0, backoff.BACK_ONLINE_S), forget_failures=True)

    def _sync_within(self, seconds: float, *, forget_failures: bool = False) -> None:
        with self._wake:
            if forget_failures:
                self._failures = self._photo_failures = 0
                self._photos_due_at = 0.0
            self._due_at = min(self._due_at, time.monotonic() + seconds)
            self._wake.notify_all()

    def _loop(self) -> None:
        while self._wait_until_due():
            next_in_s = self._attempt()
            with self._wake:
                # Somebody may have asked for a sync while this one ran: the earlier time wins.
                self._due_at = min(self._due_at, time.monotonic() + next_in_s)
            self._on_finished()

    def _wait_until_due(self) -> bool:
        with self._wake:
            while not self._stopped and (left_s := self._due_at - time.monotonic()) > 0:
                self._wake.wait(left_s)
            self._due_at = time.monotonic() + REGULARLY_S
            return not self._stopped

    def _attempt(self) -> float:
        """Sync once; return in how many seconds to look again."""
        if not self._connectivity.is_online or not is_enrolled(self._phone.database):
            return REGULARLY_S
        self._running = True
        try:
            with _alone(self._phone.database.path):
                report = synchronize(self._phone)
        except SyncError as error:
            return self._after_error(error)
        except BlockingIOError:
            return AFTER_ACTION_S  # another process of this app is at it
        except Exception:  # noqa: BLE001 - the outermost edge of the thread: a bug must not end all syncing
            _log.exception("sync failed")
            return self._after_failure(None)
        finally:
            self._running = False
        self._failures = 0
        _log.info("sync sent %d and received %d", report.sent, report.received)
        return 0.0 if has_work(self._phone.database) else self._attempt_photos()

    def _after_error(self, error: SyncError) -> float:
        if isinstance(error, WipeError):
            # Where that must wait, photos alone are left to send.
            return REGULARLY_S if self._wipe(error) else self._attempt_photos()
        _log.info("sync did not finish: %s", error.code)
        if isinstance(error, ChainRefusedError):
            self._failures = 0
            return REGULARLY_S  # nothing is sent until the rep has connected the phone again
        if isinstance(error, SendOnlyError):
            return self._attempt_photos()  # of what there is, they alone are left to send
        return self._after_failure(error.retry_after_s)

    def _attempt_photos(self) -> float:
        """Send photos; a failure delays photos alone. Return in how many seconds to look again."""
        rest_s = self._photos_due_at - time.monotonic()
        if rest_s > 0:
            return min(REGULARLY_S, rest_s)
        try:
            with _alone(self._phone.database.path):
                if self._send_photos():
                    synchronize(self._phone)  # to hear that the server has them
        except SyncError as error:
            _log.info("photos were not all sent: %s", error.code)
            self._photo_failures += 1
            delay_s = backoff.delay_s(
                self._photo_failures, self._rng, retry_after_s=error.retry_after_s
            )
            self._photos_due_at = time.monotonic() + delay_s
            return min(REGULARLY_S, delay_s)
        except BlockingIOError:
            return AFTER_ACTION_S
        except Exception:  # noqa: BLE001 - as above
            _log.exception("sending photos failed")
            return REGULARLY_S
        self._photo_failures = 0
        return 0.0 if has_work(self._phone.database) else REGULARLY_S

    def _after_failure(self, retry_after_s: float | None) -> float:
        self._failures += 1
        return backoff.delay_s(self._failures, self._rng, retry_after_s=retry_after_s)


def is_enrolled(database: Database) -> bool:
    """Return whether there is anybody to sync for."""
    with database.read() as connection:
        return device.find(connection) is not None


def has_work(database: Database) -> bool:
    """Return whether something waits to be sent."""
    with database.read() as connection:
        return outbox.has_pending(connection)


@contextmanager
def _alone(database: Path) -> Iterator[None]:
    """
    Keep other processes from syncing the same database.

    :raises BlockingIOError: if one is at it
    """
    with database.with_suffix(".sync-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
