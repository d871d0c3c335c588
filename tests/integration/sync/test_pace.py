"""A phone that asks too often is told to come later, and does; the others do not notice."""

import random
from dataclasses import replace

import pytest
from flask import Flask

from mobile.sync import backoff
from mobile.sync.answers import BusyError
from server.platform.pace import Pace
from server.platform.settings import Settings
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.integration.sync.conftest import NewPhone

PER_MINUTE = 6


def set_pace(app: Flask, per_minute: int) -> None:
    settings: Settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, phone_requests_per_minute=per_minute)


def seconds_it_is_told(phone: Handset) -> float | None:
    for _ in range(PER_MINUTE):
        try:
            phone.synchronize()
        except BusyError as error:
            return error.retry_after_s
    return None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_phone_gone_wild_waits_and_loses_nothing(company: Company, new_phone: NewPhone) -> None:
    set_pace(company.app, PER_MINUTE)
    wild, calm = new_phone(company.sari), new_phone(company.budi)
    visit = wild.visits.check_in(customer_id=company.maju, fix=None)

    wait_s = seconds_it_is_told(wild)

    assert wait_s is not None
    assert 1 <= wait_s <= 60 / PER_MINUTE
    assert backoff.delay_s(9, random.Random(1), retry_after_s=wait_s) >= wait_s
    calm.synchronize()
    wild.visits.cancel(visit.id, "Wrong outlet")
    with pytest.raises(BusyError):
        wild.synchronize()
    assert wild.sync.status().problem == "server_busy"
    set_pace(company.app, 0)
    wild.synchronize()
    assert wild.sync.status().waiting == 0


def test_a_minutes_worth_at_once_then_a_steady_pace() -> None:
    now = [100.0]
    pace = Pace(clock=lambda: now[0])

    def sent(sender: bytes) -> int:
        return pace.seconds_to_wait(sender, per_minute=60)

    assert [sent(b"a") for _ in range(61)] == [0] * 60 + [1]
    assert sent(b"b") == 0
    now[0] += 1.0
    assert [sent(b"a"), sent(b"a")] == [0, 1]
    now[0] += 3600.0
    assert [sent(b"a") for _ in range(61)] == [0] * 60 + [1]
    assert pace.seconds_to_wait(b"a", per_minute=0) == 0


def test_it_forgets_who_has_rested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.platform.pace._MOST_KNOWN", 3)
    now = [0.0]
    pace = Pace(clock=lambda: now[0])
    for number in range(30):
        assert pace.seconds_to_wait(b"%d" % number, per_minute=60) == 0
        now[0] += 0.4
    assert len(pace._due) <= 3
