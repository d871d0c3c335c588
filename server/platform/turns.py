"""Requests take turns, so that open pages, which keep a thread each, are not counted with them.

A web server process has a thread for each stream of news (server/platform/broadcast.py) and some
more. Without turns all those threads could work at once, and would wait for the few connections to
the database.
"""

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Turns:
    """Lets so many requests work at once; the others wait. Streams have no turn."""

    def __init__(self, application: "WSGIApplication", *, most: int, without: str) -> None:
        self._application = application
        self._turns = threading.BoundedSemaphore(most)
        self._without = without

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request when it is its turn."""
        if environ.get("PATH_INFO") == self._without:
            return self._application(environ, start_response)
        with self._turns:
            return self._application(environ, start_response)
