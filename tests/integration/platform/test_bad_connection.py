"""The bad connection of the fault tests does to requests what its faults say."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import urllib3

from tests.support.proxy import BadConnection, Fault, bad_connection

BODY = b"x" * 10_000


class CountingServer(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[bytes] = []

    def handle_error(self, *_: object) -> None:
        """Say nothing: cut connections are the point."""


class _Handler(BaseHTTPRequestHandler):
    server: CountingServer

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) == length:
            self.server.received.append(body)
        answer = str(len(self.server.received)).encode() * 1000
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[CountingServer]:
    with CountingServer() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def connection(server: CountingServer) -> Iterator[BadConnection]:
    with bad_connection(f"http://127.0.0.1:{server.server_address[1]}") as running:
        yield running


def post(connection: BadConnection) -> bytes:
    answer = urllib3.request("POST", connection.url, body=BODY, retries=False, timeout=60.0)
    return answer.data


def test_a_good_moment_carries_everything(
    connection: BadConnection, server: CountingServer
) -> None:
    assert post(connection) == b"1" * 1000
    assert server.received == [BODY]
    assert connection.requests == ["POST / HTTP/1.1"]


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.LOSE_REQUEST, Fault.CUT_REQUEST])
def test_a_lost_request_never_reaches_the_server(
    connection: BadConnection, server: CountingServer, fault: Fault
) -> None:
    connection.next(fault)

    with pytest.raises(urllib3.exceptions.HTTPError):
        post(connection)

    assert server.received == []


@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.CUT_ANSWER])
def test_a_lost_answer_leaves_the_work_done(
    connection: BadConnection, server: CountingServer, fault: Fault
) -> None:
    connection.next(fault)

    with pytest.raises(urllib3.exceptions.HTTPError):
        post(connection)

    assert server.received == [BODY]


def test_a_repeated_request_reaches_the_server_twice(
    connection: BadConnection, server: CountingServer
) -> None:
    connection.next(Fault.REPEAT_REQUEST)

    assert post(connection) == b"2" * 1000
    assert server.received == [BODY, BODY]


def test_the_faults_asked_for_come_in_order_and_end(connection: BadConnection) -> None:
    connection.next(Fault.REFUSE, Fault.DELAY)

    with pytest.raises(urllib3.exceptions.HTTPError):
        post(connection)

    assert post(connection)
    assert post(connection)
