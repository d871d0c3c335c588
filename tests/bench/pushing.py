"""A phone that sends all it has, in batches of one size, and fetches nothing meanwhile."""

from contextlib import suppress
from dataclasses import replace
from typing import NoReturn

from mobile.storage import outbox
from mobile.sync.answers import OfflineError
from mobile.sync.batch_size import BatchSize
from mobile.sync.engine import SyncApi, synchronize
from shared.sync.protocol import PullRequest, PushAnswer, PushHeader
from tests.fakes.handset import Handset

_ALL_BATCHES = 10**6


class _Steady(BatchSize):
    """Stays as large as it is."""

    @property
    def grown(self) -> int:
        return self.changes


class _PushOnly:
    """A network that is gone once all is sent: what a phone sent comes back with a pull."""

    def __init__(self, api: SyncApi) -> None:
        self._api = api

    def push(self, server_url: str, header: PushHeader, body: bytes) -> PushAnswer:
        """Send changes."""
        return self._api.push(server_url, header, body)

    def pull(self, server_url: str, request: PullRequest) -> NoReturn:  # noqa: ARG002
        """Fetch nothing."""
        raise OfflineError("only what is sent is measured")


def push_all(phone: Handset, *, batch: int) -> None:
    """Send all that waits. Whether it arrived, `waiting_lines` tells."""
    sender = replace(
        phone.phone,
        api=_PushOnly(phone.api),
        batch=_Steady(batch),
        batches_before_pull=_ALL_BATCHES,
    )
    with suppress(OfflineError):
        synchronize(sender)


def waiting_lines(phone: Handset) -> list[bytes]:
    """Return the lines that wait to be sent."""
    with phone.database.read() as connection:
        lines = outbox.next_batch(connection, most=10**7, most_bytes=10**10)
    return [line.line for line in lines]
