"""What failed for a fault of the server is applied again once that is mended: one effect, told."""

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from mobile.services.views import RecordState
from mobile.storage import device as phone_device
from server.identity.models import Device
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync import changes, commands, entities
from server.sync.models import ChangeLog, Quarantine
from server.sync.verification import broken_chains
from server.tasks.models import Task
from server.visits.models import CheckIn, CheckOut, Visit
from shared.sync.protocol import SCHEMA_VERSION, Kind, PullRequest
from shared.vocabulary import NoSaleReason
from tests.fakes.agreement import check_equal_to_the_server
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import SERVER, Handset
from tests.integration.sync.conftest import NewPhone
from tests.integration.sync.test_errands import parking
from tests.integration.sync.test_restored_backup import device_id


def burst(_incoming: object) -> None:
    raise ZeroDivisionError


def counts(company: Company) -> list[int]:
    tables = (Visit, CheckIn, CheckOut, Quarantine)
    with company.app.app_context():
        return [db.session.scalar(select(func.count()).select_from(t)) or 0 for t in tables]


def statuses(company: Company) -> list[str]:
    with company.app.app_context():
        log = db.session.scalars(select(ChangeLog).order_by(ChangeLog.sequence))
        return [" ".join(str(part) for part in entry.result[1:3]) for entry in log]


def replay(company: Company, *options: str) -> tuple[int, str]:
    with company.app.app_context():
        done = CliRunner().invoke(commands.group, ["replay", *options])
        return done.exit_code, done.output


def a_refused_visit(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch, *, ends: bool = True
) -> str:
    """Send a visit, whose check-in the server cannot take for a fault of its own."""
    with monkeypatch.context() as broken:
        broken.setitem(entities.UPWARD, ("check_in", Kind.CREATE), burst)
        visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
        phone.visits.write_notes(visit.id, "twelve boxes")
        phone.visits.set_no_sale_reason(visit.id, NoSaleReason.CLOSED)
        if ends:
            phone.visits.check_out(visit.id, fix=None)
        phone.synchronize()
    assert counts(company) == [0, 0, 0, 1]
    return visit.id


def test_a_group_and_what_wanted_for_it_are_applied_once(
    phone: Handset, new_phone: NewPhone, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit_id = a_refused_visit(phone, company, monkeypatch)
    before = statuses(company)
    assert "rejected internal" in before

    code, said = replay(company, "--dry-run")
    assert (code, "Nothing was changed" in said) == (0, True)
    assert (statuses(company), counts(company)) == (before, [0, 0, 0, 1])

    code, said = replay(company)
    assert (code, "1 were applied again" in said) == (0, True), said
    for _ in range(2):
        assert counts(company) == [1, 1, 1, 0]
        assert {status.split()[0] for status in statuses(company)} == {"ok"}
        code, said = replay(company)  # there is nothing more to do
        assert (code, "0 were applied again" in said) == (0, True)

    with company.app.app_context():
        visit = db.session.get_one(Visit, visit_id)
        assert visit.notes == "twelve boxes"
        assert changes.wrong_scopes() == []
        assert broken_chains() == []
        check_in = db.session.scalars(select(CheckIn)).one()
        assert check_in.captured_at <= check_in.received_at
        noted = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "sync.replayed")
        ).all()
        assert len(noted) == len(before)
        assert {entry.details["status"] for entry in noted} == {"ok"}
    other = new_phone(company.sari)
    assert other.visits.get(visit_id).notes == "twelve boxes"


def test_the_phone_hears_that_it_was_taken_and_asks_the_rep_no_more(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit_id = a_refused_visit(phone, company, monkeypatch)
    phone.synchronize()
    refused = phone.sync.status()
    assert refused.needs_you > 0
    replay(company)

    for _ in range(2):
        phone.synchronize()
        status = phone.sync.status()
        assert (status.needs_you, status.sent) == (0, refused.needs_you + refused.sent)
        assert all(one.state is RecordState.SENT for one in phone.sync.records())
    visit = phone.visits.get(visit_id)
    assert (visit.notes, visit.checked_out_at is None) == ("twelve boxes", False)
    with company.app.app_context():
        check_equal_to_the_server(phone, company.sari)


def test_what_was_deleted_since_does_not_come_back(
    phone: Handset, new_phone: NewPhone, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The phone hears with one answer that it took, and that it is gone."""
    with monkeypatch.context() as broken:
        broken.setitem(entities.UPWARD, ("expense", Kind.CREATE), burst)
        expense_id = phone.expenses.save(parking())
        phone.synchronize()
    replay(company)
    other = new_phone(company.sari)
    other.expenses.delete(expense_id)
    other.synchronize()

    phone.synchronize()

    assert (phone.expenses.newest(), phone.sync.status().needs_you) == ((), 0)
    with company.app.app_context():
        check_equal_to_the_server(phone, company.sari)


def test_a_phone_that_was_enrolled_again_hears_it_too(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also twice, and of what it has sent since for want of that."""
    visit_id = a_refused_visit(phone, company, monkeypatch)
    phone.enrol(company.enrolment_code(company.sari))
    phone.tasks.create(title="Call them", visit_id=visit_id)
    phone.synchronize()
    phone.enrol(company.enrolment_code(company.sari))
    asked = phone.sync.status().needs_you
    phone.synchronize()
    assert phone.sync.status().needs_you == asked > 1

    code, said = replay(company)
    assert code == 0, said
    phone.synchronize()

    assert phone.sync.status().needs_you == 0
    assert {one.state for one in phone.sync.records()} == {RecordState.SENT}
    assert phone.visits.get(visit_id).notes == "twelve boxes"
    with company.app.app_context():
        assert db.session.scalars(select(Task.visit_id)).all() == [visit_id]
        check_equal_to_the_server(phone, company.sari)


def test_what_the_rep_leaves_of_a_refused_visit_hides_nothing_else_of_it(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit_id = a_refused_visit(phone, company, monkeypatch, ends=False)
    left = next(one for one in phone.sync.records() if one.mine and "notes" in one.mine)

    phone.sync.take_theirs(left.id)
    for _ in range(2):
        phone.visits.write_notes(visit_id, "twelve boxes, and two")
        phone.synchronize()

    open_visit = phone.visits.open_visit()
    assert open_visit is not None
    assert open_visit.notes == "twelve boxes, and two"


def test_only_of_devices_that_the_phone_was_itself(
    phone: Handset, new_phone: NewPhone, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = device_id(phone)
    a_refused_visit(phone, company, monkeypatch)
    phone.enrol(company.enrolment_code(company.sari))
    others = (new_phone(company.budi), new_phone(company.sari))

    def hears(asks: Handset, numbers: tuple[int, ...] = (1, 2)) -> list[int]:
        with asks.database.read() as connection:
            state = phone_device.get(connection)
        request = PullRequest(
            request_id="r",
            device_id=state.device_id,
            schema_version=SCHEMA_VERSION,
            epoch=state.epoch,
            cursors={},
            in_doubt_before={former: numbers},
        )
        answer = asks.api.pull(SERVER, request)
        assert set(answer.results_before) <= {former}
        return [result.sequence for result in answer.results_before.get(former, ())]

    assert hears(phone) == [1, 2]
    assert [hears(other) for other in others] == [[], []]
    with company.app.app_context(), transaction():  # another phone may have sent the second one
        row = db.session.get_one(Device, device_id(phone))
        row.forebears = [(former, 1)]
    assert hears(phone) == [1]
    with company.app.app_context(), transaction():  # whatever a row of the table says
        row = db.session.get_one(Device, device_id(others[0]))
        row.forebears = [(former, 9)]
    assert hears(others[0]) == []


def test_what_still_fails_stays_as_it_was(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_refused_visit(phone, company, monkeypatch)
    before = statuses(company)
    monkeypatch.setitem(entities.UPWARD, ("check_in", Kind.CREATE), burst)

    code, said = replay(company)

    assert (code, "1 of 1 still fail" in said) == (1, True)
    assert (statuses(company), counts(company)) == (before, [0, 0, 0, 1])
    needs_you = phone.sync.status().needs_you
    phone.synchronize()
    assert phone.sync.status().needs_you == needs_you


def test_what_the_rep_has_sent_again_meanwhile_is_not_made_twice(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setitem(entities.UPWARD, ("task", Kind.CREATE), burst)
        task = phone.tasks.create(title="Call Toko Maju")
        phone.synchronize()
    phone.tasks.change(task, title="Call Toko Maju at ten", note="", due_on=None)
    phone.synchronize()

    code, said = replay(company)

    assert code == 0, said
    with company.app.app_context():
        titles = db.session.scalars(select(Task.title)).all()
        assert titles == ["Call Toko Maju at ten"]
