"""A phone fetches the next page while it keeps the one before, and makes the next batch ready."""

import threading
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from mobile.storage import outbox, replica
from mobile.sync import batch_size, engine
from mobile.sync.answers import OfflineError
from mobile.sync.batch_size import BatchSize
from mobile.sync.engine import synchronize
from mobile.sync.log import SyncReport
from server.platform.transaction import transaction
from shared.sync.protocol import ClockReading, PullAnswer, PullRequest, PushAnswer, PushHeader
from tests.bench.crowd import add_customers
from tests.fakes.company import Company
from tests.fakes.handset import Handset

_PATIENCE_S = 60


class _Watched:
    """The phone's way to the server; says when a second page is asked for."""

    def __init__(self, phone: Handset) -> None:
        self.push = phone.api.push
        self._pull = phone.api.pull
        self.asked: list[PullRequest] = []
        self.second = threading.Event()

    def pull(self, server_url: str, request: PullRequest) -> PullAnswer:
        self.asked.append(request)
        if len(self.asked) > 1:
            self.second.set()
        return self._pull(server_url, request)


@pytest.fixture
def watched(phone: Handset, company: Company) -> _Watched:
    with company.app.app_context(), transaction():
        add_customers(company.sari, company, count=7)  # of three rows a page
    return _Watched(phone)


def sync(phone: Handset, watched: _Watched, *, came: list[bool]) -> SyncReport:
    """Let the phone sync; note if the second request was made before the first page was kept."""

    def read_clock() -> ClockReading:
        if watched.asked:
            came.append(watched.second.wait(_PATIENCE_S))
        return phone.phone.read_clock()

    return synchronize(replace(phone.phone, api=watched, read_clock=read_clock))


def test_it_is_asked_for_before_the_first_is_kept(phone: Handset, watched: _Watched) -> None:
    came: list[bool] = []

    report = sync(phone, watched, came=came)

    assert came[0]
    assert (report.received, report.pages) == (7, 3)
    assert len(phone.customers.search("Toko Sumber Rejeki")) == 7
    reached = [sum(request.cursors.values()) for request in watched.asked]
    assert reached == [reached[0], reached[0] + 3, reached[0] + 6]


def test_a_page_that_cannot_be_kept_leaves_no_request_under_way(
    phone: Handset, watched: _Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(replica, "stage", _disk_full)
        with pytest.raises(OSError, match="full"):
            sync(phone, watched, came=[])
        assert not [one for one in threading.enumerate() if one.name == "request ahead"]

    assert phone.synchronize().received == 7


def test_the_next_batch_is_made_ready_while_one_is_under_way(
    phone: Handset, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way: list[int] = []
    is_ready, came, most = threading.Event(), [], []

    class Watching:
        pull = phone.api.pull

        def push(self, server_url: str, header: PushHeader, body: bytes) -> PushAnswer:
            under_way.append(header.first)
            came.append(is_ready.wait(_PATIENCE_S))
            most.append(len(under_way))
            answer = phone.api.push(server_url, header, body)
            under_way.remove(header.first)
            return answer

    def read(*arguments: Any, after: int = 0, **more: Any) -> Any:
        found = outbox.next_batch(*arguments, after=after, **more)
        if after:
            is_ready.set()
        return found

    for number in range(5):
        phone.tasks.create(title=f"Bring price list {number}")
    monkeypatch.setattr(engine, "outbox", SimpleNamespace(**vars(outbox) | {"next_batch": read}))
    report = synchronize(replace(phone.phone, api=Watching(), batch=BatchSize(2)))

    assert (report.sent, report.batches) == (5, 2)
    assert all(came), "no batch was made ready before the one under way was answered"
    assert most == [1, 1], "the chain lets one batch be under way"


class _Counting:
    """The phone's way to the server, which notes how many pushes are under way."""

    def __init__(self, phone: Handset, *, fails: int = 0) -> None:
        self.pull = phone.api.pull
        self._push = phone.api.push
        self._fails = fails
        self.under_way = 0
        self.most: list[int] = []

    def push(self, server_url: str, header: PushHeader, body: bytes) -> PushAnswer:
        self.under_way += 1
        self.most.append(self.under_way)
        try:
            if len(self.most) == self._fails:
                raise OfflineError("gone")
            return self._push(server_url, header, body)
        finally:
            self.under_way -= 1


def _tasks(phone: Handset, count: int) -> None:
    for number in range(count):
        phone.tasks.create(title=f"Bring price list {number}")


def _steadily(phone: Handset, api: _Counting) -> SyncReport:
    """Let a phone send two changes at a time, as one does that may send no more at once."""
    steady = replace(phone.phone, api=api, batch=BatchSize(2), batches_before_pull=100)
    return synchronize(steady)


def test_the_next_batch_goes_behind_an_answer_and_never_beside_one(
    phone: Handset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_size, "MAX_CHANGES", 2)
    _tasks(phone, 7)
    api = _Counting(phone)
    report = _steadily(phone, api)

    assert (report.sent, report.batches) == (7, 4)
    assert set(api.most) == {1}, "the chain lets one batch be under way"
    assert phone.sync.status().waiting == 0


@pytest.mark.parametrize("fails", [1, 2, 3])
def test_nothing_goes_behind_a_request_that_failed(
    phone: Handset, monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    monkeypatch.setattr(batch_size, "MAX_CHANGES", 2)
    _tasks(phone, 7)
    api = _Counting(phone, fails=fails)
    with pytest.raises(OfflineError):
        _steadily(phone, api)
    assert len(api.most) == fails
    assert phone.sync.status().waiting == 7 - 2 * (fails - 1)
    assert not [one for one in threading.enumerate() if one.name == "request ahead"]

    assert phone.synchronize().needs_you == 0
    assert phone.sync.status().waiting == 0


def _disk_full(*_arguments: object) -> None:
    raise OSError("the disk is full")
