"""Old news of deleted rows are forgotten; who was away for longer fetches a scope anew."""

import datetime as dt

import pytest
from sqlalchemy import select, update

from mobile.sync.answers import OfflineError
from server.customers import operations as customers
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.sync import changes
from server.sync.jobs import check_chains
from server.sync.models import ChangeLog, Scope, SyncIndex
from server.sync.verification import broken_chains
from shared.sync.protocol import rep_scope
from shared.time import utc_now
from tests.fakes.agreement import check_equal_to_the_server
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset
from tests.fakes.network import Fault
from tests.integration.sync.conftest import NewPhone
from tests.integration.sync.test_errands import parking


def delete_customer(company: Company, customer_id: str) -> None:
    with company.app.app_context(), transaction():
        customer = customers.lock_customer(customer_id)
        customer.deleted_at = utc_now()
        customer.version += 1
        record_changed("customer", customer_id)


def forget(company: Company) -> int:
    with company.app.app_context(), transaction():
        return changes.forget_gone_rows(before=utc_now() + dt.timedelta(seconds=5))


def names(phone: Handset) -> list[str]:
    return [customer.name for customer in phone.customers.search("")]


@pytest.mark.fault("history", "phone away for longer than deletions are remembered")
def test_a_phone_that_missed_the_news_of_a_deletion_starts_the_scope_anew(
    phone: Handset, company: Company
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)  # still to be sent
    phone.network.is_up = False
    delete_customer(company, company.jaya)
    assert forget(company) == 1
    with company.app.app_context():
        assert changes.wrong_scopes() == []
    phone.network.heal()

    phone.synchronize()

    assert names(phone) == ["Toko Maju"]
    assert phone.visits.get(visit.id).customer.id == company.maju
    assert phone.sync.status().waiting == 0
    before = len(phone.network.requests)
    phone.synchronize()  # and only once
    assert len(phone.network.requests) == before + 1


def test_what_was_deleted_before_its_phone_had_fetched_it_goes(
    phone: Handset, new_phone: NewPhone, company: Company
) -> None:
    """It learns only now that it took: of a row that no feed gives, and no feed takes away."""
    other = new_phone(company.sari)
    expense_id = phone.expenses.save(parking())
    phone.network.next(Fault.LOSE_ANSWER)
    with pytest.raises(OfflineError):
        phone.synchronize()
    other.synchronize()
    other.expenses.delete(expense_id)
    other.synchronize()
    forget(company)

    phone.synchronize()

    assert phone.expenses.newest() == ()
    with company.app.app_context():
        check_equal_to_the_server(phone, company.sari)


def test_a_first_sync_gets_to_its_end_above_and_below_the_floor(
    phone: Handset, new_phone: NewPhone, company: Company
) -> None:
    for _ in range(2):  # the floor lies above rows that a fresh phone fetches page by page
        with company.app.app_context(), transaction():
            record_changed("customer", company.maju)
        delete_customer(company, company.jaya)
        forget(company)
        with company.app.app_context(), transaction():
            customers.get_customer_of_visit(company.jaya).deleted_at = None
            record_changed("customer", company.jaya)
    delete_customer(company, company.jaya)
    forget(company)
    with company.app.app_context():
        scope = db.session.get_one(Scope, rep_scope(company.sari))
        first = db.session.scalar(
            select(SyncIndex.position).where(SyncIndex.scope == scope.id).limit(1)
        )
        assert first is not None
        assert 0 < first < scope.floor

    fresh = new_phone(company.sari)  # its pages hold three rows

    assert names(fresh) == ["Toko Maju"]


@pytest.mark.fault("concurrency", "deletions are forgotten while a phone fetches")
def test_fetching_anew_goes_on_where_it_was_cut(phone: Handset, company: Company) -> None:
    delete_customer(company, company.jaya)
    forget(company)
    for number in range(8):
        phone.customers.create_prospect(name=f"Warung {number}")
    phone.network.next(Fault.NONE, Fault.NONE, Fault.NONE, Fault.LOSE_ANSWER)
    with pytest.raises(OfflineError):
        phone.synchronize()
    phone.synchronize()
    assert names(phone) == ["Toko Maju", *(f"Warung {number}" for number in range(8))]


def test_news_that_are_young_stay(phone: Handset, company: Company) -> None:
    delete_customer(company, company.jaya)
    with company.app.app_context(), transaction():
        assert changes.forget_gone_rows(before=utc_now() - changes.REMEMBERED) == 0
    phone.synchronize()
    assert names(phone) == ["Toko Maju"]


@pytest.mark.parametrize("how", ["edited", "removed", "swapped", "appended", "last removed"])
def test_a_log_altered_in_the_database_is_told(
    phone: Handset, company: Company, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    phone.visits.write_notes(visit.id, "one")
    phone.visits.write_notes(visit.id, "two")
    phone.synchronize()
    with company.app.app_context():
        assert broken_chains() == []
        log = list(db.session.scalars(select(ChangeLog).order_by(ChangeLog.sequence)))
        place = {"appended": len(log) + 1, "last removed": len(log)}.get(how, 2)
        with transaction():
            alter(how, [entry.sequence for entry in log])
        check_chains()
        identity = phone.enrolment.identity()
        assert identity is not None
        assert broken_chains() == [(identity.device_id, place)]
    assert any(identity.device_id in record.getMessage() for record in caplog.records)


def alter(how: str, sequences: list[int]) -> None:
    lines = {e.sequence: e.line for e in db.session.scalars(select(ChangeLog))}
    match how:
        case "edited":
            keep(2, lines[2].replace(b'"w":1', b'"w":2'))
        case "swapped":
            keep(2, lines[3])
            keep(3, lines[2])
        case "removed" | "last removed":
            number = 2 if how == "removed" else sequences[-1]
            db.session.delete(entry(number))
        case "appended":
            last = entry(sequences[-1])
            columns = {c.key: getattr(last, c.key) for c in ChangeLog.__table__.columns}
            db.session.add(ChangeLog(**columns | {"sequence": last.sequence + 1}))


def keep(sequence: int, line: bytes) -> None:
    db.session.execute(update(ChangeLog).where(ChangeLog.sequence == sequence).values(line=line))


def entry(sequence: int) -> ChangeLog:
    return db.session.scalars(select(ChangeLog).where(ChangeLog.sequence == sequence)).one()
