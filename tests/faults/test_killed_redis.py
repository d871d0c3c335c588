"""The embedded Redis is killed around each step of waking a worker: nothing stays uncounted.

What is to be counted stands in the database. Redis only wakes those who count it, and may be lost.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select

from server.metrics.models import DailyRollup, StaleDay
from server.metrics.operations.days import mark_days_stale
from server.platform.database import db
from server.platform.settings import Settings
from server.platform.transaction import transaction
from shared.time import utc_now
from tests.e2e.pocket import PhoneInPocket, phone_in_pocket, sync_until_sent
from tests.fakes.company import MAJU, Company, found_company
from tests.support.application import running_app
from tests.support.databases import mostly_on
from tests.support.tapak import RunningTapak, is_healthy, wait_until

_REDIS, _WORKER = "valkey-server", "server.worker work"
_MUCH = 300
"""So many days take a worker longer than it takes to see it at its work."""


@pytest.fixture
def company(tapak: RunningTapak, database_url: str) -> Iterator[Company]:
    with running_app(Settings(data=tapak.data, database_url=database_url)) as app:
        yield found_company(app)


@pytest.mark.fault("server killed (SIGKILL)", "Redis, before and after the waking of a worker")
@pytest.mark.fault("server killed (SIGKILL)", "Redis, while a worker counts")
@pytest.mark.timeout(600)
@mostly_on("postgresql")
def test_everything_is_counted_although_redis_is_killed_around_it(
    tapak: RunningTapak, company: Company, tmp_path: Path
) -> None:
    with phone_in_pocket(tmp_path / "phone") as phone:
        phone.do("enrol", server=tapak.url, code=company.enrolment_code(company.sari))
        sync_until_sent(phone)
        phone.do("start_day")

        with resting(tapak, _REDIS):  # it takes no job, and then never has one
            visit(phone, company)
            assert phone.do("sync") == ""
            kill_redis(tapak)
        check_that_all_is_counted(company, calls=1)

        with resting(tapak, _WORKER):  # the job waits, and is lost with Redis
            visit(phone, company)
            assert phone.do("sync") == ""
            kill_redis(tapak)
        check_that_all_is_counted(company, calls=2)

        let_a_worker_count(company)
        kill_redis(tapak)
        visit(phone, company)
        assert phone.do("sync") == ""
        check_that_all_is_counted(company, calls=3)
        wait_until(lambda: is_healthy(tapak.url))


@contextmanager
def resting(tapak: RunningTapak, words: str) -> Iterator[None]:
    """Let the processes of a kind rest."""
    processes = running(tapak, words)
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            if process.is_running():
                process.resume()


def running(tapak: RunningTapak, words: str) -> list[psutil.Process]:
    """Return the processes of a kind, once there are any: what was killed starts anew."""
    wait_until(lambda: bool(tapak.processes(words)))
    return tapak.processes(words)


def kill_redis(tapak: RunningTapak) -> None:
    processes = running(tapak, _REDIS)
    for process in processes:
        process.kill()
    wait_until(lambda: not any(process.is_running() for process in processes))


def visit(phone: PhoneInPocket, company: Company) -> None:
    latitude, longitude = MAJU
    phone.do("check_in", customer=company.maju, latitude=latitude, longitude=longitude)
    phone.do("no_sale", reason="owner_absent")
    phone.do("check_out")


def let_a_worker_count(company: Company) -> None:
    """Return while a worker is at its work; one that was quicker than a look gets more."""
    left = 0
    while not left:
        mark_many_days(company)
        wait_until(lambda: count(company, StaleDay) < _MUCH)
        left = count(company, StaleDay)


def mark_many_days(company: Company) -> None:
    today = utc_now().date()
    with company.app.app_context(), transaction():
        days = {today - dt.timedelta(days=past) for past in range(_MUCH)}
        mark_days_stale(rep_id=company.sari, days=days)


def check_that_all_is_counted(company: Company, *, calls: int) -> None:
    wait_until(lambda: count(company, StaleDay) == 0, timeout_s=120)
    with company.app.app_context():
        assert db.session.scalar(select(func.sum(DailyRollup.__table__.c.calls))) == calls


def count(company: Company, model: type) -> int:
    """Count the rows of a table as the world sees them now."""
    with company.app.app_context():
        return db.session.scalars(select(func.count()).select_from(model)).one()
