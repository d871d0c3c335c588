"""Clocks that jump, phones that start anew, and phones that are away for months."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, update

from mobile.sync.answers import SignInNeededError
from server.customers import operations as customers
from server.identity.models import User
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.sync import changes
from server.visits.models import CheckIn, CheckOut, Visit
from shared.time import business_day, utc_now
from shared.vocabulary import NoSaleReason, TimeTrust
from tests.fakes.company import MAJU, ZONE, Company
from tests.fakes.handset import SERVER, Handset, HonestClock
from tests.fakes.network import Network
from tests.fakes.passing_time import PassingTime

_BERLIN = "Europe/Berlin"
_SPRING = dt.datetime(2027, 3, 28, 0, 50, tzinfo=dt.UTC)
"""Ten minutes before clocks there go from 02:00 to 03:00."""
_AUTUMN = dt.datetime(2027, 10, 31, 0, 50, tzinfo=dt.UTC)
"""Ten minutes before they go from 03:00 back to 02:00."""

_ROUNDED = dt.timedelta(seconds=1)
"""An anchor is as old as the answer took that brought it."""

Jump = Callable[[HonestClock], None]


def years(number: int) -> Jump:
    def jump(clock: HonestClock) -> None:
        clock.off += dt.timedelta(days=365 * number)

    return jump


def reboot(clock: HonestClock) -> None:
    clock.reboot()


def reboot_into_the_past(clock: HonestClock) -> None:
    clock.reboot()
    clock.off = dt.datetime(2000, 1, 1, tzinfo=dt.UTC) - utc_now()


JUMPS = {
    "10 years on": (years(10), TimeTrust.VERIFIED),
    "10 years back": (years(-10), TimeTrust.VERIFIED),
    "reboot": (reboot, TimeTrust.ESTIMATED),
    "reboot, the clock begins in 2000": (reboot_into_the_past, TimeTrust.UNVERIFIED),
}


@pytest.mark.fault("clock", "the phone's clock jumps 10 years on or back during a visit")
@pytest.mark.fault("clock", "the phone starts anew during a visit: time since boot begins at 0")
@pytest.mark.parametrize("name", JUMPS)
def test_a_jump_during_a_visit(phone: Handset, company: Company, name: str) -> None:
    before, (jump, trust) = utc_now() - _ROUNDED, JUMPS[name]
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    jump(phone.clock)
    phone.visits.set_no_sale_reason(visit.id, NoSaleReason.CLOSED)
    phone.visits.check_out(visit.id, fix=None)

    report = phone.synchronize()

    assert (report.needs_you, phone.sync.status().waiting) == (0, 0)
    with company.app.app_context():
        arrived = db.session.scalars(select(CheckIn)).one()
        left = db.session.scalars(select(CheckOut)).one()
        day = db.session.scalars(select(Visit.day)).one()
        assert before <= arrived.captured_at <= left.captured_at <= left.received_at <= utc_now()
        assert (arrived.time_trust, left.time_trust) == (TimeTrust.VERIFIED, trust)
        assert day == business_day(before, ZONE)
        assert changes.wrong_scopes() == []


@pytest.mark.fault("clock", "summer time begins or ends during a visit")
@pytest.mark.parametrize("eve", [_SPRING, _AUTUMN], ids=["begins", "ends"])
def test_summer_time_changes_no_duration(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eve: dt.datetime
) -> None:
    with company.app.app_context(), transaction():
        db.session.execute(update(User).values(time_zone=_BERLIN))
    phone = Handset(tmp_path / "phone.db", Network(company.app))
    phone.clock.time_zone = _BERLIN
    time = PassingTime(monkeypatch, phone)
    time.pass_time(seconds=(eve - utc_now()).total_seconds())
    phone.enrol(company.enrolment_code(company.sari))
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    time.pass_time(minutes=20)
    phone.visits.set_no_sale_reason(visit.id, NoSaleReason.CLOSED)
    phone.visits.check_out(visit.id, fix=None)

    assert phone.synchronize().needs_you == 0

    with company.app.app_context():
        arrived = db.session.scalars(select(CheckIn)).one()
        left = db.session.scalars(select(CheckOut)).one()
        assert round((left.captured_at - arrived.captured_at).total_seconds() / 60) == 20
        assert {arrived.day, left.day} == {eve.date()}
        assert left.time_trust == TimeTrust.VERIFIED
    phone.switch_off()


@pytest.mark.fault(
    "history", "offline for a day, for 31 days, and for 181: deletions are forgotten"
)
@pytest.mark.parametrize("days", [1, 31, 181])
def test_nothing_is_lost_by_a_phone_that_was_away(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    time = PassingTime(monkeypatch, phone)
    made: dict[str, dt.date] = {}
    phone.network.is_up = False
    for part in range(3):
        today = business_day(utc_now(), ZONE)
        visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
        phone.visits.cancel(visit.id, "Wrong outlet")
        made[visit.id] = today
        if part == 0:
            delete(company, company.jaya)
        time.pass_time(days=days / 3)
    with company.app.app_context(), transaction():
        before = utc_now() - changes.REMEMBERED
        assert changes.forget_gone_rows(before=before) == (1 if days > 180 else 0)
    phone.network.is_up = True

    if days > 90:  # so long a refresh token is good
        with pytest.raises(SignInNeededError):
            phone.synchronize()
        phone.enrolment.enrol(server_url=SERVER, code=company.enrolment_code(company.sari))
    report = phone.synchronize()

    assert (report.needs_you, phone.sync.status().waiting) == (0, 0)
    assert [customer.name for customer in phone.customers.search("")] == ["Toko Maju"]
    with company.app.app_context():
        rows = db.session.execute(select(Visit.id, Visit.day))
        assert {visit_id: day for visit_id, day in rows} == made  # noqa: C416 - rows are no pairs
        assert changes.wrong_scopes() == []
    assert phone.synchronize().fetched_anew == []


def delete(company: Company, customer_id: str) -> None:
    with company.app.app_context(), transaction():
        customer = customers.lock_customer(customer_id)
        customer.deleted_at = utc_now()
        customer.version += 1
        record_changed("customer", customer_id)
