"""A bad connection between phone and server: a TCP proxy that loses, cuts, delays and repeats.

It carries one request per connection, so that each fault hits exactly one request.
"""

import contextlib
import enum
import socket
import socketserver
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

_TIMEOUT_S = 30.0


class Fault(enum.Enum):
    """What happens to one request."""

    NONE = enum.auto()
    REFUSE = enum.auto()
    """The connection is closed at once."""
    LOSE_REQUEST = enum.auto()
    """The server never sees it."""
    CUT_REQUEST = enum.auto()
    """The server sees half of it, then the connection is gone."""
    LOSE_ANSWER = enum.auto()
    """The server has done its work; the phone learns nothing."""
    CUT_ANSWER = enum.auto()
    """The phone gets half of the answer."""
    REPEAT_REQUEST = enum.auto()
    """The server gets it twice, one after the other; the phone gets the second answer."""
    DELAY = enum.auto()
    """Everything arrives, `delay_s` late."""


class BadConnection:
    """The proxy at `url`. Faults asked for by `next` come first, then always `usual`."""

    def __init__(self, target_url: str) -> None:
        parts = urlsplit(target_url)
        assert parts.hostname is not None
        assert parts.port is not None
        self.target = (parts.hostname, parts.port)
        self.usual = Fault.NONE
        self.delay_s = 0.3
        self.in_answer: Callable[[], object] | None = None
        """What to do, once, when the next answer has begun to come."""
        self.requests: list[str] = []
        """The first line of each request that came, in order."""
        self.url = ""
        self._planned: deque[Fault] = deque()
        self._lock = threading.Lock()

    def next(self, *faults: Fault) -> None:
        """Let these happen to the next requests, one each."""
        with self._lock:
            self._planned.extend(faults)

    def take_fault(self, first_line: str) -> Fault:
        """Note the request, and return what is to happen to it."""
        with self._lock:
            self.requests.append(first_line)
            return self._planned.popleft() if self._planned else self.usual

    def take_refusal(self) -> bool:
        """Return whether the connection is to be closed before a request is read."""
        with self._lock:
            if self._planned:
                if self._planned[0] is not Fault.REFUSE:
                    return False
                self._planned.popleft()
                return True
            return self.usual is Fault.REFUSE


@contextmanager
def bad_connection(target_url: str) -> Iterator[BadConnection]:
    """Run a proxy in front of a server."""
    connection = BadConnection(target_url)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            # The other side may hang up at any time; that is what is being tried out.
            with contextlib.suppress(OSError):
                _carry(self.request, connection)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        connection.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield connection
        finally:
            server.shutdown()
            thread.join()


def _carry(client: socket.socket, connection: BadConnection) -> None:
    client.settimeout(_TIMEOUT_S)
    if connection.take_refusal():
        return
    request = _read_request(client)
    if not request:
        return
    fault = connection.take_fault(request.split(b"\r\n", 1)[0].decode())
    if fault is Fault.DELAY:
        time.sleep(connection.delay_s)
    if fault is Fault.LOSE_REQUEST:
        return
    if fault is Fault.CUT_REQUEST:
        _send(connection.target, request[: len(request) // 2])
        return
    answer = _exchange(connection.target, request)
    if connection.in_answer is not None:
        client.sendall(answer[: len(answer) // 2])
        do, connection.in_answer = connection.in_answer, None
        do()
        return
    if fault is Fault.REPEAT_REQUEST:
        answer = _exchange(connection.target, request)
    if fault is Fault.LOSE_ANSWER:
        return
    client.sendall(answer[: len(answer) // 2] if fault is Fault.CUT_ANSWER else answer)


def _read_request(client: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        if not (part := client.recv(65536)):
            return b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length = 0
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        if not (part := client.recv(65536)):
            return b""
        body += part
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*kept, b"Connection: close"]) + b"\r\n\r\n" + body


def _send(target: tuple[str, int], data: bytes) -> None:
    with socket.create_connection(target, timeout=_TIMEOUT_S) as server:
        server.sendall(data)


def _exchange(target: tuple[str, int], request: bytes) -> bytes:
    with socket.create_connection(target, timeout=_TIMEOUT_S) as server:
        server.sendall(request)
        answer = b""
        while part := server.recv(65536):
            answer += part
        return answer
