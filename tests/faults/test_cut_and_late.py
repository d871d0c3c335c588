"""Messages cut off at every kind of place, and requests that come when nobody waits any more."""

import contextlib
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from mobile.storage import outbox, replica
from mobile.sync.answers import OfflineError, SyncError
from server.platform.database import db
from server.sync import changes
from server.sync.models import ChangeLog
from server.visits.models import Visit
from shared.sync.protocol import PULL_PATH, PUSH_PATH
from tests.fakes.agreement import check_equal_to_the_server
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset
from tests.fakes.interruptions import Interruptions
from tests.fakes.network import Fault
from tests.support.databases import mostly_on

_TRAILER = 8
"""Bytes at the end of a gzip: checksum and length."""
_HEADER = 10
"""And at its beginning."""


@pytest.fixture
def network(company: Company) -> Interruptions:
    return Interruptions(company.app)


@pytest.fixture
def phone(company: Company, network: Interruptions, tmp_path: Path) -> Handset:
    handset = Handset(tmp_path / "phone.db", network)
    handset.enrol(company.enrolment_code(company.sari))
    return handset


def work(phone: Handset, company: Company) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    phone.visits.write_notes(visit.id, "ä" * 400)
    phone.visits.cancel(visit.id, "Wrong outlet")


def rows(company: Company) -> list[int | None]:
    with company.app.app_context():
        return [db.session.scalar(select(func.count()).select_from(t)) for t in (Visit, ChangeLog)]


def cuts_of_bytes(whole: bytes) -> list[bytes]:
    places = (0, 1, _HEADER, _HEADER + 1, len(whole) // 2, len(whole) - _TRAILER, len(whole) - 4)
    return [whole[:place] for place in (*places, len(whole) - 1)]


def cuts_of_lines(whole: bytes) -> list[bytes]:
    """Cut what is inside: after the header, within a line, at a line's end with and without it."""
    plain = gzip.decompress(whole)
    header = plain.index(b"\n")
    first = plain.index(b"\n", header + 1)
    places = (1, header, header + 1, header + 9, first, first + 1, first + 9, len(plain) - 1)
    return [gzip.compress(plain[:place]) for place in places]


def cut(make: Callable[[bytes], list[bytes]], number: int) -> Callable[[bytes], bytes]:
    return lambda whole: make(whole)[number]


@pytest.mark.fault(
    "request", "cut at each edge: gzip's header and trailer, a line's end, within it"
)
def test_a_request_that_is_cut_has_no_effect_and_is_sent_again(
    company: Company,
    phone: Handset,
    network: Interruptions,
    record_property: Callable[[str, object], None],
) -> None:
    done = 0
    for make in (cuts_of_bytes, cuts_of_lines):
        for number in range(8):
            work(phone, company)
            network.edit_request(PUSH_PATH, cut(make, number))
            before = rows(company)

            with pytest.raises(OfflineError):
                phone.synchronize()

            assert rows(company) == before, (make, number)
            phone.synchronize()
            done += 1
            assert rows(company) == [done, 4 * done], (make, number)
            assert phone.sync.status().waiting == 0
    record_property("times", done)


@pytest.mark.fault("answer", "cut at each edge: gzip's header and trailer, within it")
@pytest.mark.parametrize("path", [PUSH_PATH, PULL_PATH])
def test_of_an_answer_that_is_cut_nothing_is_believed(
    company: Company,
    phone: Handset,
    network: Interruptions,
    path: str,
    record_property: Callable[[str, object], None],
) -> None:
    whole = 0
    for number in range(8):
        work(phone, company)
        network.edit_answer(path, cut(cuts_of_bytes, number))
        try:
            phone.synchronize()
            whole += 1
        except OfflineError:
            assert phone.sync.status().problem == "offline"
        phone.synchronize()
        assert rows(company) == [number + 1, 4 * (number + 1)], number
        assert phone.sync.status().waiting == 0
        with company.app.app_context():
            assert changes.wrong_scopes() == []
    # Without its trailer a gzip holds all that was said.
    assert whole <= 3
    record_property("times", 8)


_FLIPS = 16


def flip(number: int) -> Callable[[bytes], bytes]:
    """Return what turns one bit over, somewhere in a message."""

    def turn(whole: bytes) -> bytes:
        changed = bytearray(whole)
        changed[len(whole) * number // _FLIPS] ^= 1 << number % 7
        return bytes(changed)

    return turn


@pytest.mark.fault("request", "corrupted: one bit turned over")
@pytest.mark.fault("answer", "corrupted: one bit turned over")
@pytest.mark.parametrize("message", ["push", "push's answer", "pull", "pull's answer"])
@mostly_on("sqlite")
def test_a_bit_that_turns_over_is_found_or_mended(
    company: Company,
    phone: Handset,
    network: Interruptions,
    message: str,
    record_property: Callable[[str, object], None],
) -> None:
    path = PUSH_PATH if "push" in message else PULL_PATH
    turn_over = network.edit_answer if "answer" in message else network.edit_request
    for number in range(_FLIPS):
        work(phone, company)
        turn_over(path, flip(number))

        with contextlib.suppress(SyncError):
            phone.synchronize()
        phone.synchronize()

        assert rows(company) == [number + 1, 4 * (number + 1)], number
        status = phone.sync.status()
        assert (status.waiting, status.needs_you, status.is_stopped) == (0, 0, False), number
        with company.app.app_context():
            check_equal_to_the_server(phone, company.sari)
    record_property("times", _FLIPS)


@pytest.mark.fault("request", "delayed past the time-out, delivered after the retry")
@pytest.mark.fault("request", "reordered behind a later batch")
def test_what_comes_when_the_phone_has_gone_on_changes_nothing(
    company: Company, phone: Handset, network: Interruptions
) -> None:
    work(phone, company)
    network.next(Fault.LATE_REQUEST)
    with pytest.raises(OfflineError):
        phone.synchronize()
    phone.synchronize()  # the retry, and after it the late one
    for _ in range(3):
        work(phone, company)
        phone.synchronize()
    pushes = [request for request in network.served if request.path == PUSH_PATH]
    assert len(pushes) == 5
    before = rows(company)
    first_answers = results_in_log(company)

    for request in reversed(pushes):
        answer = network.serve_again(request)

        assert answer.status == 200
        results = json.loads(unzipped(answer.body))["res"]
        assert all(result[-1].get("dup") == 1 for result in results)

    assert rows(company) == before == [4, 16]
    assert results_in_log(company) == first_answers
    work(phone, company)
    phone.synchronize()
    assert rows(company) == [5, 20]


def unzipped(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def results_in_log(company: Company) -> list[object]:
    with company.app.app_context():
        return list(db.session.scalars(select(ChangeLog.result).order_by(ChangeLog.sequence)))


@pytest.mark.fault("answer", "delivered twice")
def test_an_answer_that_is_taken_twice_counts_once(
    company: Company, phone: Handset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, apply_changes = outbox.settle, replica.apply_changes

    def settle_twice(*arguments: Any, **more: Any) -> int:
        count = settle(*arguments, **more)
        assert settle(*arguments, **more) == 0
        return count

    def apply_twice(*arguments: Any) -> None:
        apply_changes(*arguments)
        apply_changes(*arguments)

    monkeypatch.setattr(outbox, "settle", settle_twice)
    monkeypatch.setattr(replica, "apply_changes", apply_twice)
    other = Handset(tmp_path / "other.db", Interruptions(company.app), page_rows=2)
    other.enrol(company.enrolment_code(company.sari))

    for one in (phone, other, phone, other):
        work(one, company)
        report = one.synchronize()
        assert (report.sent, report.needs_you, report.fetched_anew) == (4, 0, [])

    assert rows(company) == [4, 16]
    phone.synchronize()
    with company.app.app_context():
        for one in (phone, other):
            check_equal_to_the_server(one, company.sari)
            one.switch_off()
