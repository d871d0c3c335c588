"""A phone whose data were copied is enrolled again, and brings what it has not sent along."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mobile.device.clock import LinuxClock
from mobile.services.enrolment import AnotherRepError
from mobile.services.views import OrderLine, RecordState
from mobile.sync.answers import ChainRefusedError
from server.conflicts.queries import ConflictFilter, list_conflicts
from server.deals.models import Deal
from server.platform.access import SYSTEM
from server.platform.database import db
from server.signals.jobs import raise_signals
from server.signals.models import Signal
from server.sync.verification import broken_chains
from server.visits.models import CheckIn, Visit
from shared.signals import Rule
from shared.vocabulary import TimeTrust
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import SERVER, Handset
from tests.fakes.network import Fault, Network
from tests.integration.sync.test_deals_from_phones import COOLER, move
from tests.integration.sync.test_errands import parking


def copy_of(phone: Handset, folder: Path) -> Handset:
    """Return a second phone with a copy of this one's data and keys."""
    phone.switch_off()
    shutil.copy(phone.path, folder / "copy.db")
    phone.switch_on()
    copy = Handset(folder / "copy.db", Network(phone.network._app))
    for name in ("mac_key", "access_token", "refresh_token"):
        secret = phone.secrets.read(name)
        assert secret is not None
        copy.secrets.write(name, secret)
    return copy


def work(phone: Handset, company: Company) -> str:
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    line = OrderLine(product_id=company.soda, product_name="Soda", quantity=2, price_minor=5_000_00)
    phone.visits.take_order(visit.id, [line])
    phone.visits.check_out(visit.id, fix=None)
    return visit.id


def counts(company: Company) -> list[int | None]:
    with company.app.app_context():
        assert broken_chains() == []
        return [db.session.scalar(select(func.count()).select_from(t)) for t in (Visit, Deal)]


@pytest.mark.fault("history", "phone's database copied to a second phone, or restored")
@pytest.mark.fault("history", "phone enrolled anew")
def test_a_copy_goes_on_as_a_new_device(phone: Handset, company: Company, tmp_path: Path) -> None:
    first = work(phone, company)
    phone.synchronize()
    copy = copy_of(phone, tmp_path)
    mine, theirs = work(phone, company), work(copy, company)
    phone.synchronize()
    with pytest.raises(ChainRefusedError) as refusal:
        copy.synchronize()
    assert refusal.value.code == "forked"

    copy.network.next(Fault.LOSE_ANSWER, Fault.NONE)
    code = company.enrolment_code(company.sari)
    with pytest.raises(Exception, match="answer lost"):
        copy.enrolment.enrol(server_url=SERVER, code=code)
    copy.enrolment.enrol(server_url=SERVER, code=code)
    report = copy.synchronize()

    assert (report.needs_you, copy.sync.status().waiting) == (0, 0)
    assert counts(company) == [3, 3]
    phone.synchronize()
    for each in (phone, copy):
        for visit in (first, mine, theirs):
            assert each.visits.get(visit).checked_out_at is not None
    work(copy, company)
    copy.synchronize()
    assert counts(company) == [4, 4]
    assert {record.state for record in copy.sync.records()} == {RecordState.SENT}
    copy.switch_off()


class AnothersClock(LinuxClock):
    """A second phone's, started at another moment, 40 s fast as many are."""

    boot_id = "another-boot"

    def now(self) -> dt.datetime:
        return super().now() + dt.timedelta(seconds=40)

    def elapsed_ms(self) -> int:
        return super().elapsed_ms() - 5_000


@pytest.mark.parametrize("copied_to", [LinuxClock, AnothersClock])
def test_a_copy_that_is_enrolled_again_is_no_tampered_clock(
    phone: Handset, company: Company, tmp_path: Path, copied_to: type[LinuxClock]
) -> None:
    """With the machine's own clocks; the copy goes on upon the same phone, or upon another."""
    phone.clock = LinuxClock()  # type: ignore[assignment]
    phone.restart()
    phone.synchronize()
    copy = copy_of(phone, tmp_path)
    copy.clock = copied_to()  # type: ignore[assignment]
    copy.restart()
    work(phone, company)
    phone.synchronize()
    work(copy, company)
    with pytest.raises(ChainRefusedError):
        copy.synchronize()

    copy.enrol(company.enrolment_code(company.sari))
    work(copy, company)
    copy.synchronize()
    copy.switch_off()

    with company.app.app_context():
        raise_signals()
        assert Rule.CLOCK_TAMPERED not in set(db.session.scalars(select(Signal.rule)))
        trusts = db.session.scalars(select(CheckIn.time_trust)).all()
    assert len(trusts) == 3
    assert TimeTrust.UNVERIFIED not in trusts


def test_what_the_server_has_already_is_not_doubled(phone: Handset, company: Company) -> None:
    work(phone, company)
    phone.network.next(Fault.LOSE_ANSWER)
    with pytest.raises(Exception, match="answer lost"):
        phone.synchronize()

    phone.enrol(company.enrolment_code(company.sari))

    assert phone.sync.status().waiting == 0
    assert counts(company) == [1, 1]


def test_a_change_sent_again_gets_its_first_answer(phone: Handset, company: Company) -> None:
    """What cannot be done twice, too: an expense that is taken back already is unknown."""
    expense = phone.expenses.save(parking())
    phone.synchronize()
    phone.expenses.delete(expense)
    phone.network.next(Fault.LOSE_ANSWER)
    with pytest.raises(Exception, match="answer lost"):
        phone.synchronize()

    phone.enrol(company.enrolment_code(company.sari))

    assert (phone.sync.status().waiting, phone.sync.status().needs_you) == (0, 0)


def test_nobody_is_asked_about_changes_of_ones_own(phone: Handset, company: Company) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    for quantity in (1, 2, 3):
        line = OrderLine(
            product_id=company.soda, product_name="", quantity=quantity, price_minor=5_000_00
        )
        phone.visits.take_order(visit.id, [line])
        if quantity == 1:
            phone.synchronize()
    # Of two changes upon one version the first one is answered, the second one never arrives.
    phone.phone.batch.changes = 1
    phone.network.next(Fault.NONE, Fault.LOSE_REQUEST)
    with pytest.raises(Exception, match="lost on the way"):
        phone.synchronize()
    assert phone.sync.status().waiting == 1

    phone.enrol(company.enrolment_code(company.sari))

    assert (phone.sync.status().waiting, phone.sync.status().needs_you) == (0, 0)
    with company.app.app_context():
        assert db.session.scalars(select(Deal.amount_minor)).all() == [15_000_00]


def test_what_needs_the_rep_is_still_there(phone: Handset, company: Company) -> None:
    phone.network.heal()
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.visits.write_notes(visit.id, "before")
    phone.synchronize()
    for _ in range(2):  # more than once
        phone.visits.write_notes(visit.id, phone.visits.get(visit.id).notes + ", again")
        phone.enrol(company.enrolment_code(company.sari))
    assert phone.visits.get(visit.id).notes == "before, again, again"
    with company.app.app_context():
        assert db.session.get_one(Visit, visit.id).notes == "before, again, again"


def test_what_the_rep_leaves_to_the_office_is_closed_there_also_of_the_device_before(
    phone: Handset, company: Company
) -> None:
    deal_id = phone.deals.create(company.maju, COOLER)
    phone.synchronize()
    move(company, deal_id, "lost")
    phone.deals.move(deal_id, "proposal")
    assert phone.synchronize().needs_you == 1
    for _ in range(2):
        phone.enrol(company.enrolment_code(company.sari))
    [record] = [one for one in phone.sync.records() if one.state is RecordState.NEEDS_YOU]

    phone.sync.take_theirs(record.id)
    phone.synchronize()

    with company.app.app_context():
        [row] = list_conflicts(access=SYSTEM, where=ConflictFilter()).rows
        assert (row.is_open, row.solver_name) == (False, "Sari Dewi")


@pytest.mark.fault("history", "another rep on the same phone")
def test_another_reps_code_is_refused_and_the_phone_keeps_its_work(
    phone: Handset, company: Company
) -> None:
    work(phone, company)
    before = phone.enrolment.identity()

    with pytest.raises(AnotherRepError):
        phone.enrolment.enrol(server_url=SERVER, code=company.enrolment_code(company.budi))

    assert phone.enrolment.identity() == before
    phone.synchronize()
    assert counts(company) == [1, 1]
    work(phone, company)
    phone.enrol(company.enrolment_code(company.sari))  # one's own code is as good as before
    assert phone.sync.status().waiting == 0
    assert counts(company) == [2, 2]
