"""A request that is on its way while the answer before it is still being kept."""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")


class Ahead(Generic[Answer]):
    """The next request, sent and its answer read while the answer before it is being kept."""

    def __init__(self, ask: Callable[[], Answer], *, behind: "Ahead[Any] | None" = None) -> None:
        """
        Ask on a thread of its own.

        :param behind: a request that has to be answered first. On its thread this one follows at
            once, before anybody looks at the answer; if there is none, it fails with it
        """
        self._ask = ask
        self._answer: Answer | None = None
        self._error: BaseException | None = None
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self.following: Ahead[Any] | None = None
        """Goes on this one's thread, behind it."""
        if behind is not None and behind.takes_along(self):
            self.thread: threading.Thread = behind.thread
        else:
            self.thread = threading.Thread(target=self._run, name="request ahead", daemon=True)
            self.thread.start()

    def answer(self) -> Answer:
        """
        Wait for the answer.

        :raises SyncError: as `SyncApi`
        """
        self.join()
        if self._error is not None:
            raise self._error
        assert self._answer is not None
        return self._answer

    def join(self) -> None:
        """Wait until it is over, and its thread with it unless another request follows."""
        self._is_over.wait()
        if self.following is None:
            self.thread.join()

    def takes_along(self, following: "Ahead[Any]") -> bool:
        """Return whether another request goes with this one: on its thread, or into failure."""
        with self._lock:
            if not self._is_over.is_set():
                self.following = following
                return True
        if self._error is not None:
            following.finish(self._error)
        return self._error is not None

    def _run(self) -> None:
        request: Ahead[Any] | None = self
        error = None
        while request is not None:
            error = request.finish(error)
            request = request.following

    def finish(self, error: BaseException | None) -> BaseException | None:
        """Ask, or fail as the one before did; return the error. It is kept for `answer`."""
        if error is None:
            try:
                self._answer = self._ask()
            except BaseException as raised:  # noqa: BLE001
                error = raised
        self._error = error
        with self._lock:
            self._is_over.set()
        return error


def join(*requests: Ahead[Any] | None) -> None:
    """Wait until all of these are over."""
    for request in requests:
        if request is not None:
            request.join()
