"""A network in memory between the phone's real client and the real application, with faults."""

import enum
from collections import deque
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urlsplit

import urllib3
from flask import Flask
from urllib3.exceptions import ProtocolError


class Fault(enum.Enum):
    """What happens to one request."""

    NONE = enum.auto()
    LOSE_REQUEST = enum.auto()
    LOSE_ANSWER = enum.auto()
    """The server has committed; the phone learns nothing."""
    REPEAT_REQUEST = enum.auto()
    """The server gets it twice; the phone gets the second answer."""
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


@dataclass(frozen=True)
class _Request:
    path: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Network:
    """Takes the place of urllib3's pool. Faults asked for by `next` come first, then none."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._planned: deque[Fault] = deque()
        self._late: list[_Request] = []
        self._last: _Answer | None = None
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
        assert method == "POST"
        assert not redirect
        fault = self._planned.popleft() if self._planned else Fault.NONE
        request = _Request(urlsplit(url).path, body, headers)
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

    def _carry(self, request: _Request, fault: Fault) -> urllib3.BaseHTTPResponse:
        match fault:
            case Fault.LOSE_REQUEST:
                raise ProtocolError("lost on the way")
            case Fault.LATE_REQUEST:
                self._late.append(request)
                raise ProtocolError("no answer in time")
            case Fault.CUT_REQUEST:
                half = request.body[: len(request.body) // 2]
                return _response(self._serve(_Request(request.path, half, request.headers)))
            case Fault.PORTAL:
                page = b"<html>Please sign in to the Wi-Fi</html>"
                return _response(_Answer(200, {"Content-Type": "text/html"}, page))
        before = self._last
        answer = self._serve(request)
        match fault:
            case Fault.LOSE_ANSWER:
                raise ProtocolError("answer lost")
            case Fault.REPEAT_REQUEST:
                answer = self._serve(request)
            case Fault.CUT_ANSWER:
                answer = _Answer(
                    answer.status, answer.headers, answer.body[: len(answer.body) // 2]
                )
            case Fault.BAD_GATEWAY:
                answer = _Answer(502, {"Content-Type": "text/html"}, b"<html>502</html>")
            case Fault.OTHER_ANSWER if before is not None:
                answer = before
        return _response(answer)

    def _serve(self, request: _Request) -> _Answer:
        with self._app.test_client() as client:
            response = client.post(request.path, data=request.body, headers=request.headers)
            self._last = _Answer(response.status_code, dict(response.headers), response.data)
        return self._last


def _response(answer: _Answer) -> urllib3.BaseHTTPResponse:
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    return urllib3.HTTPResponse(
        body=BytesIO(answer.body), headers=headers, status=answer.status, preload_content=True
    )
