"""A network between the phone's real client and the real application, with faults."""

import enum
import socket
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from urllib.parse import urlsplit

import urllib3
from flask import Flask
from urllib3.exceptions import NameResolutionError, ProtocolError

from tests.fakes.carriers import Answer, Carrier, InMemory, Request


class Fault(enum.Enum):
    """What happens to one request."""

    NONE = enum.auto()
    LOSE_REQUEST = enum.auto()
    LOSE_ANSWER = enum.auto()
    """The server has committed; the phone learns nothing."""
    REPEAT_REQUEST = enum.auto()
    """The server gets it twice; the phone gets the second answer."""
    TWICE_AT_ONCE = enum.auto()
    """The server gets it on two connections at the same time; the phone gets one of the answers."""
    LATE_REQUEST = enum.auto()
    """The phone gives up; the server gets it after the phone's next request."""
    CUT_REQUEST = enum.auto()
    CUT_ANSWER = enum.auto()
    PORTAL = enum.auto()
    """A captive portal answers 200 with a page of its own."""
    BAD_GATEWAY = enum.auto()
    """A proxy answers 502 after the server has committed."""
    OTHER_ANSWER = enum.auto()
    """The answer to the request before comes again."""
    BUSY = enum.auto()
    """The server says 503 and has done nothing."""
    REDIRECT = enum.auto()
    """A portal answers 302."""
    NOT_GZIP = enum.auto()
    """A proxy says that the answer is gzipped, and it is not."""
    NO_ADDRESS = enum.auto()
    """Nobody knows the server's name."""
    KILL_BEFORE = enum.auto()
    """The app is killed before the request has left."""
    KILL_AFTER = enum.auto()
    """The app is killed when the server has committed."""


class PhoneKilledError(BaseException):
    """The app is gone. Nothing may catch it but the test."""


_HTML = {"Content-Type": "text/html"}
_PROXY_502 = Answer(502, _HTML, b"<html>502</html>")
_INSTEAD = {
    Fault.PORTAL: Answer(200, _HTML, b"<html>Please sign in to the Wi-Fi</html>"),
    Fault.REDIRECT: Answer(302, {"Location": "http://portal.test/", **_HTML}, b""),
    Fault.BUSY: Answer(503, {"X-Sync": "1", "Retry-After": "1"}, b"{}"),
}
_LOST = (Fault.LOSE_REQUEST, Fault.LATE_REQUEST)


class Network:
    """Takes the place of urllib3's pool. Faults asked for by `next` come first, then none."""

    def __init__(self, app: Flask, carrier: Carrier | None = None) -> None:
        self._app = app
        self._carrier = carrier or InMemory(app)
        self._planned: deque[Fault] = deque()
        self._late: list[Request] = []
        self._last: Answer | None = None
        self.requests: list[str] = []
        self.is_up = True

    def next(self, *faults: Fault) -> None:
        """Let these happen to the next requests, one each."""
        self._planned.extend(faults)

    def heal(self) -> None:
        """From now on nothing happens to any request."""
        self._planned.clear()
        self.is_up = True

    def clear(self) -> None:
        """Do what urllib3's pool does: close connections; there are none."""

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes,
        headers: dict[str, str],
        redirect: bool,
        timeout: urllib3.Timeout,  # noqa: ARG002 - the pool's signature
    ) -> urllib3.BaseHTTPResponse:
        """Carry a request to the application, as far as the fault lets it come."""
        assert not redirect
        fault = self._planned.popleft() if self._planned else Fault.NONE
        request = Request(method, urlsplit(url).path, body, headers)
        self.requests.append(request.path)
        if not self.is_up:
            raise ProtocolError("no network")
        try:
            return self._carry(request, fault)
        finally:
            if fault is not Fault.LATE_REQUEST:
                late, self._late = self._late, []
                for old in late:
                    self._serve(old)

    def _carry(self, request: Request, fault: Fault) -> urllib3.BaseHTTPResponse:
        """Let the fault happen before, instead of, or after the application's work."""
        if fault is Fault.KILL_BEFORE:
            raise PhoneKilledError
        if fault is Fault.NO_ADDRESS:
            pool = urllib3.connection.HTTPConnection("tapak.test")
            raise NameResolutionError("tapak.test", pool, socket.gaierror())
        if fault is Fault.LATE_REQUEST:
            self._late.append(request)
        if fault in _LOST:
            raise ProtocolError("lost on the way")
        if fault in _INSTEAD:
            return _response(_INSTEAD[fault])
        before = self._last
        answer = self._deliver(request, fault)
        if fault is Fault.REPEAT_REQUEST:
            answer = self._serve(request)
        return _response(_damage(answer, before or answer, fault))

    def _deliver(self, request: Request, fault: Fault) -> Answer:
        if fault is Fault.CUT_REQUEST:
            return self._carrier.carry_half(request)
        if fault is Fault.TWICE_AT_ONCE:
            with ThreadPoolExecutor(2) as threads:
                return list(threads.map(self._serve, [request, request]))[1]
        return self._serve(request)

    def _serve(self, request: Request) -> Answer:
        self._last = self._carrier.carry(request)
        return self._last


def _damage(answer: Answer, before: Answer, fault: Fault) -> Answer:
    """Return what comes of an answer on its way back, the server having done its work."""
    match fault:
        case Fault.KILL_AFTER:
            raise PhoneKilledError
        case Fault.LOSE_ANSWER:
            raise ProtocolError("answer lost")
        case Fault.CUT_ANSWER:
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        case Fault.NOT_GZIP:
            headers = {**answer.headers, "Content-Encoding": "gzip"}
            return replace(answer, headers=headers, body=b"{" + answer.body)
        case Fault.BAD_GATEWAY:
            return _PROXY_502
        case Fault.OTHER_ANSWER:
            return before
    return answer


def _response(answer: Answer) -> urllib3.BaseHTTPResponse:
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    return urllib3.HTTPResponse(
        body=BytesIO(answer.body), headers=headers, status=answer.status, preload_content=True
    )
