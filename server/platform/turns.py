"""Taking turns, first come, first served.

Python's own locks let whoever runs at that moment go before those who wait: of fifty phones that
push at once, some waited three times as long as most.
"""

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Gate:
    """Lets so many in at once, as `with gate:`; the others wait, and come in as they came."""

    def __init__(self, *, most: int) -> None:
        self._free = most
        self._waiting: deque[threading.Lock] = deque()
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        """Wait for a turn."""
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Hand the turn to who has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


class Turns:
    """Lets so many requests work at once; the others wait. Streams have no turn.

    A web server process has a thread for each stream of news (server/platform/broadcast.py) and
    some more. Without turns all those threads could work at once, and would wait for the few
    connections to the database.
    """

    def __init__(
        self,
        application: "WSGIApplication",
        *,
        most: int,
        without: str,
        fewer: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """
        Take an application.

        :param most: requests at once
        :param without: path of the streams
        :param fewer: by path, how many requests for it work at once; the turns of others are not
            taken by those that wait
        """
        self._application = application
        self._turns = Gate(most=most)
        self._without = without
        self._fewer = {path: Gate(most=few) for path, few in fewer.items()}

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request when it is its turn."""
        path = environ.get("PATH_INFO", "")
        if path == self._without:
            return self._application(environ, start_response)
        with self._fewer.get(path, nullcontext()), self._turns:
            return self._application(environ, start_response)
