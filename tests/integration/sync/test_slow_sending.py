"""A body that leaves slowly may take longer than it takes to find out that nobody is there."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from mobile.sync import patience
from mobile.sync.answers import OfflineError
from mobile.sync.api_client import ApiClient
from shared.photos import UPLOAD_OFFSET
from shared.sync.protocol import SYNC_HEADER
from tests.fakes.phone import MemorySecrets

_PIECE = bytes(4 * 1024 * 1024)
"""More than the buffers on its way take."""
_CONNECTS_WITHIN_S = 0.1
_RESTS_S = 0.5


class SlowReader(threading.Thread):
    """Takes pieces of a photo on one connection, each after a rest; then hangs up."""

    def __init__(self) -> None:
        super().__init__()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.hangs_up = threading.Event()

    def run(self) -> None:
        with self._listener, closing(self._listener.accept()[0]) as phone:
            while True:
                self.hangs_up.wait(_RESTS_S)
                received = b""
                while b"\r\n\r\n" not in received:
                    if not (part := phone.recv(65_536)):
                        return
                    received += part
                left = len(_PIECE) - len(received.partition(b"\r\n\r\n")[2])
                while left:
                    if not (part := phone.recv(min(left, 65_536))):
                        return
                    left -= len(part)
                head = f"{SYNC_HEADER}: 1\r\n{UPLOAD_OFFSET}: {len(_PIECE)}\r\n"
                phone.sendall(f"HTTP/1.1 204 No Content\r\n{head}\r\n".encode())


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowReader]:
    monkeypatch.setattr(patience, "CONNECT_S", _CONNECTS_WITHIN_S)
    reader = SlowReader()
    reader.start()
    yield reader
    reader.hangs_up.set()
    reader.join()


def test_a_piece_of_a_photo_has_the_time_that_its_size_needs(reader: SlowReader) -> None:
    api = ApiClient(secrets=MemorySecrets())

    for _ in range(2):  # over a new connection, and over one that is there
        assert api.send_piece(reader.url, "/", _PIECE, offset=0) == len(_PIECE)
    api.close()


def test_patience_with_a_body_ends(reader: SlowReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "ANSWER_S", _CONNECTS_WITHIN_S)
    monkeypatch.setattr(patience, "SLOWEST_BYTES_PER_S", 1e9)
    api = ApiClient(secrets=MemorySecrets())

    with pytest.raises(OfflineError):
        api.send_piece(reader.url, "/", _PIECE, offset=0)
    api.close()
