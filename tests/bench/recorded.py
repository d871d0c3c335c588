"""What phones would send, kept, and sent by a bare client: the same bytes to any endpoint."""

import gzip
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit, urlunsplit

import urllib3

from mobile.storage import device, outbox
from mobile.sync.api_client import ApiClient
from shared.sync.protocol import SCHEMA_VERSION, PushAnswer, PushHeader, Status
from tests.bench.measure import Usage
from tests.fakes.handset import Handset

Measuring = Callable[[], AbstractContextManager[Usage]]


@dataclass(frozen=True, slots=True)
class Request:
    """A push as a phone's own client writes it."""

    method: str
    url: str
    body: bytes
    headers: dict[str, str]
    changes: int

    def send(
        self, pool: urllib3.PoolManager, *, path: str | None = None
    ) -> urllib3.BaseHTTPResponse:
        """
        Send it.

        :param path: of another endpoint of the same server
        """
        url = self.url if path is None else urlunsplit(urlsplit(self.url)._replace(path=path))
        return pool.request(self.method, url, body=self.body, headers=self.headers)


def lines_of(body: bytes, *, encoding: str | None) -> list[bytes]:
    """Return the lines of the changes in a push; its first one is about the request itself."""
    return (gzip.decompress(body) if encoding == "gzip" else body).splitlines()[1:]


def send_all(requests: Sequence[Request], *, path: str, measuring: Measuring) -> Usage:
    """Send them in turn to an endpoint that says how many it has `inserted`; see `_send_all`."""
    usage, answers = _send_all(requests, path, measuring)
    for request, answer in zip(requests, answers, strict=True):
        if answer.json()["inserted"] != request.changes:
            raise RuntimeError(f"{answer.status} {answer.data!r}")
    return usage


def push_all_recorded(requests: Sequence[Request], *, measuring: Measuring) -> Usage:
    """Send them in turn to where phones send; see `_send_all`."""
    usage, answers = _send_all(requests, None, measuring)
    for request, answer in zip(requests, answers, strict=True):
        check(request, answer)
    return usage


def measured_changes(requests: Sequence[Request]) -> int:
    """Return how many changes were sent while it was measured."""
    return sum(request.changes for request in requests[1:])


def _send_all(
    requests: Sequence[Request], path: str | None, measuring: Measuring
) -> tuple[Usage, list[urllib3.BaseHTTPResponse]]:
    """
    Measure all but the first, by one connection.

    A floor's server has just started, the product's has worked before: each makes its statements
    and opens its database with the first.
    """
    if len(requests) < 2:
        raise ValueError("more than one request is needed, for the first is not measured")
    pool = urllib3.PoolManager(num_pools=1, retries=False)
    answers = [requests[0].send(pool, path=path)]
    with measuring() as usage:
        answers += [request.send(pool, path=path) for request in requests[1:]]
    return usage, answers


def check(request: Request, answer: urllib3.BaseHTTPResponse) -> None:
    """See that all changes of a push were taken."""
    taken = PushAnswer.from_bytes(answer.data).results
    if [each.status for each in taken] != [Status.APPLIED] * request.changes:
        raise RuntimeError(f"{answer.status} {answer.data!r}")


def recorded(phone: Handset, url: str, *, batch: int) -> list[Request]:
    """Return the pushes of a phone that has everything before them answered."""
    client_of = _Recorder()
    client = ApiClient(secrets=phone.secrets, pool=cast(Any, client_of))
    with phone.database.read() as connection:
        state = device.get(connection)
        waiting = outbox.next_batch(connection, most=10**6, most_bytes=10**9)
        for start in range(0, len(waiting), batch):
            part = waiting[start : start + batch]
            first = part[0].sequence
            header = PushHeader(
                request_id=secrets.token_hex(8),
                device_id=state.device_id,
                schema_version=SCHEMA_VERSION,
                count=len(part),
                first=first,
                head_before=outbox.head_before(connection, first).hex(),
                settled=first - 1,
                epoch=state.epoch,
            )
            client_of.changes = len(part)
            with suppress(_RecordedError):
                client.push(url, header, header.pack([line.line for line in part]))
    return client_of.requests


class _RecordedError(Exception):
    """The request went no further."""


class _Recorder:
    """Takes the place of urllib3's pool, and keeps what a phone would send."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.changes = 0
        """In the next request."""

    def request(
        self, method: str, url: str, *, body: bytes, headers: dict[str, str], **_: Any
    ) -> NoReturn:
        """Keep a request."""
        self.requests.append(Request(method, url, body, headers, self.changes))
        raise _RecordedError
