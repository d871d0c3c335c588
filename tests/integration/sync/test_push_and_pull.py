"""What a rep records reaches the server once, and what the office changes reaches the phone."""

import datetime as dt
import sqlite3

import pytest
from sqlalchemy import func, select

from mobile.services.views import OrderLine, RecordState
from server.customers import operations as customers
from server.customers.models import Customer
from server.deals.models import Deal
from server.deals.operations import deals
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync import changes, entities
from server.sync.apply import NotAllowedError
from server.sync.incoming import Applied, Incoming
from server.sync.models import ChangeLog, Quarantine
from server.visits.models import CheckIn, Visit
from shared.sync.protocol import Kind
from shared.time import business_day, utc_now
from shared.vocabulary import NoSaleReason, TimeTrust, Verdict, VisitState
from tests.fakes.company import JAYA, MAJU, ZONE, Company
from tests.fakes.handset import Handset
from tests.fakes.network import Fault, PhoneKilledError
from tests.integration.sync.conftest import NewPhone


def soda(company: Company, quantity: int) -> OrderLine:
    return OrderLine(
        product_id=company.soda, product_name="Soda", quantity=quantity, price_minor=5_000_00
    )


def visit_with_order(phone: Handset, company: Company, quantity: int = 2) -> str:
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    phone.visits.take_order(visit.id, [soda(company, quantity)])
    phone.visits.check_out(visit.id, fix=phone.fix(MAJU))
    return visit.id


def test_the_first_sync_brings_the_territory(phone: Handset, company: Company) -> None:
    assert [customer.id for customer in phone.customers.search("toko")] == [
        company.jaya,
        company.maju,
    ]
    assert phone.day.today().stops[0].stop_id == company.stop


def test_a_visit_arrives_with_verdict_time_and_order(phone: Handset, company: Company) -> None:
    phone.day.start_day()
    visit_id = visit_with_order(phone, company)

    report = phone.synchronize()

    assert (report.needs_you, phone.sync.status().waiting) == (0, 0)
    with company.app.app_context():
        visit = db.session.get_one(Visit, visit_id)
        evidence = db.session.scalars(select(CheckIn)).one()
        deal = db.session.scalars(select(Deal)).one()
        assert visit.state == VisitState.COMPLETED
        assert visit.stop_id == company.stop
        assert visit.team_id == company.team
        assert (visit.verdict, visit.time_trust) == (Verdict.INSIDE, TimeTrust.VERIFIED)
        assert evidence.phone_verdict == evidence.verdict
        assert (deal.visit_id, deal.amount_minor, deal.kind) == (visit_id, 10_000_00, "won")
        assert deal.closed_rep_id == company.sari


def test_the_phone_shows_the_same_before_and_after_the_server_has_spoken(
    phone: Handset, company: Company
) -> None:
    visit_id = visit_with_order(phone, company)
    before = phone.visits.get(visit_id)

    phone.synchronize()
    after = phone.visits.get(visit_id)

    assert (after.verdict, after.lines, after.no_sale_reason) == (
        before.verdict,
        before.lines,
        before.no_sale_reason,
    )
    assert {record.state for record in phone.sync.records()} == {RecordState.SENT}


def test_an_order_may_be_changed_while_the_visit_is_open(phone: Handset, company: Company) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.visits.take_order(visit.id, [soda(company, 1)])
    phone.synchronize()
    phone.visits.take_order(visit.id, [soda(company, 5)])
    phone.visits.take_order(visit.id, [soda(company, 7)])

    report = phone.synchronize()

    assert report.needs_you == 0
    with company.app.app_context():
        assert db.session.scalars(select(Deal.amount_minor)).all() == [35_000_00]


@pytest.mark.fault("concurrency", "a customer moves to another rep meanwhile")
def test_the_office_reaches_the_phone_and_a_moved_customer_leaves_it(
    phone: Handset, new_phone: NewPhone, company: Company
) -> None:
    budi = new_phone(company.budi)
    assert budi.customers.search("") == ()
    with company.app.app_context(), transaction():
        customer = customers.lock_customer(company.jaya)
        customer.change({"name": "Toko Jaya Baru", "owner_id": company.budi}, at=utc_now())
        changes.record_changes([("customer", company.jaya)])

    phone.synchronize()
    budi.synchronize()

    assert [customer.id for customer in phone.customers.search("")] == [company.maju]
    assert [customer.name for customer in budi.customers.search("")] == ["Toko Jaya Baru"]


def test_a_repeated_sync_changes_nothing(phone: Handset, company: Company) -> None:
    visit_with_order(phone, company)
    phone.synchronize()

    again = phone.synchronize()

    assert (again.sent, again.received, again.fetched_anew) == (0, 0, [])
    with company.app.app_context():
        assert changes.wrong_scopes() == []


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE row_scope SET version = 7 WHERE entity = 'product'",
        "DELETE FROM row_scope WHERE entity = 'product'",
        "DELETE FROM product",
        "UPDATE product SET base = NULL",
        "UPDATE product SET base_version = 0",
    ],
)
def test_rows_altered_by_hand_are_found_and_fetched_anew(phone: Handset, harm: str) -> None:
    with phone.database.write() as connection:
        connection.execute(harm)

    report = phone.synchronize()

    assert report.fetched_anew == ["org"]
    assert phone.synchronize().fetched_anew == []


@pytest.mark.fault("concurrency", "a rep and the office change one record")
def test_a_deal_closed_by_the_office_meanwhile_is_a_conflict_and_nothing_is_lost(
    phone: Handset, company: Company
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.visits.take_order(visit.id, [soda(company, 1)])
    phone.synchronize()
    with company.app.app_context(), transaction():
        deal = db.session.scalars(select(Deal)).one()
        deals.change_deal(
            deal_id=deal.id,
            fields={"lines": [deals.Line(product_id=company.soap, quantity=1, unit_price_minor=1)]},
            at=utc_now(),
            day=business_day(utc_now(), ZONE),
        )
    phone.visits.take_order(visit.id, [soda(company, 9)])

    phone.synchronize()

    [record] = [r for r in phone.sync.records() if r.state is RecordState.NEEDS_YOU]
    assert record.reason == "conflict"
    assert record.mine is not None
    assert record.theirs is not None
    assert record.mine["lines"][0]["quantity"] == 9
    assert record.theirs["lines"][0]["product_id"] == company.soap
    phone.sync.keep_mine(record.id)
    phone.synchronize()
    with company.app.app_context():
        assert db.session.scalars(select(Deal.amount_minor)).one() == 45_000_00


@pytest.mark.fault("concurrency", "a rep and the office change one record")
def test_notes_written_on_both_sides_are_both_kept(phone: Handset, company: Company) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.synchronize()
    phone.visits.write_notes(visit.id, "Wants a display")
    with company.app.app_context(), transaction():
        row = db.session.get_one(Visit, visit.id)
        row.change({"notes": "Call back on Friday"}, at=utc_now())
        changes.record_changes([("visit", visit.id)])

    phone.synchronize()

    assert phone.visits.get(visit.id).notes == "Call back on Friday\nWants a display"


def test_notes_rewritten_twice_without_a_network_lose_nothing_of_the_office(
    phone: Handset, company: Company
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.synchronize()
    phone.visits.write_notes(visit.id, "Wants a display")
    phone.visits.write_notes(visit.id, "Wants a fridge")
    with company.app.app_context(), transaction():
        row = db.session.get_one(Visit, visit.id)
        row.change({"notes": "Call back on Friday"}, at=utc_now())
        changes.record_changes([("visit", visit.id)])

    phone.synchronize()

    notes = "Call back on Friday\nWants a display\nWants a fridge"
    assert phone.visits.get(visit.id).notes == notes


@pytest.mark.parametrize("end", ["killed", "fault"])
def test_a_sync_that_did_not_end_is_not_told_as_done_and_forgets_nothing(
    phone: Handset, company: Company, end: str
) -> None:
    phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.synchronize()
    before = phone.sync.status(), waiting_and_sent(phone)
    # Nobody can correct its clock, which is years ahead, until an answer comes.
    phone.clock.reboot()
    phone.clock.off = dt.timedelta(days=3650)
    if end == "killed":
        phone.network.next(Fault.KILL_AFTER)
    else:
        with phone.database.write() as connection:
            connection.execute("ALTER TABLE cursor RENAME TO elsewhere")

    with pytest.raises((PhoneKilledError, sqlite3.OperationalError)):
        phone.synchronize()

    status = phone.sync.status()
    assert (status.last_sync_at, waiting_and_sent(phone)) == (before[0].last_sync_at, before[1])
    assert status.problem == ("" if end == "killed" else "internal")


def waiting_and_sent(phone: Handset) -> list[tuple[int, str]]:
    with phone.database.read() as connection:
        return [tuple(row) for row in connection.execute("SELECT sequence, state FROM outbox")]


def refuse_visits(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse visits at this customer, for a reason no phone can know."""
    create_visit = entities.UPWARD["visit", Kind.CREATE]

    def refuse(incoming: Incoming) -> Applied:
        if incoming.data["customer_id"] == at:
            raise NotAllowedError
        return create_visit(incoming)

    monkeypatch.setitem(entities.UPWARD, ("visit", Kind.CREATE), refuse)


def test_a_visit_counts_although_its_customer_was_deleted_meanwhile(
    phone: Handset, company: Company
) -> None:
    visit_id = visit_with_order(phone, company)
    with company.app.app_context(), transaction():
        customers.lock_customer(company.maju).deleted_at = utc_now()
        changes.record_changes([("customer", company.maju)])

    report = phone.synchronize()

    assert (report.needs_you, phone.sync.status().waiting) == (0, 0)
    assert phone.visits.get(visit_id).verdict == Verdict.INSIDE
    assert company.maju not in [customer.id for customer in phone.customers.search("")]
    with company.app.app_context():
        assert db.session.get_one(Visit, visit_id).state == VisitState.COMPLETED
        assert db.session.scalars(select(CheckIn.visit_id)).all() == [visit_id]
        assert db.session.scalars(select(Deal.visit_id)).all() == [visit_id]
        assert db.session.get_one(Customer, company.maju).deleted_at is not None
        assert changes.wrong_scopes() == []


def test_one_refused_record_does_not_stop_the_others(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.visits.check_in(customer_id=company.maju, fix=None)
    refuse_visits(company.maju, monkeypatch)
    phone.visits.cancel(phone.visits.open_visit().id, "Closed down")  # type: ignore[union-attr]
    visit = phone.visits.check_in(customer_id=company.jaya, fix=phone.fix(JAYA))
    phone.visits.set_no_sale_reason(visit.id, NoSaleReason.CLOSED)

    phone.synchronize()

    status = phone.sync.status()
    assert (status.waiting, status.needs_you) == (0, 3)
    with company.app.app_context():
        assert db.session.scalars(select(Visit.id)).all() == [visit.id]


@pytest.mark.fault("data", "a record that always raises in the server")
def test_a_bug_of_the_server_is_answered_kept_and_passed(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(_incoming: object) -> None:
        raise ZeroDivisionError("of \0")  # which PostgreSQL does not take in a text

    monkeypatch.setitem(entities.UPWARD, ("consent", Kind.CREATE), burst)
    phone.day.consent(given=True)
    visit_with_order(phone, company)

    phone.synchronize()

    with company.app.app_context():
        kept = db.session.scalars(select(Quarantine)).one()
        assert "ZeroDivisionError" in kept.error
        assert db.session.scalar(select(func.count()).select_from(Visit)) == 1


def test_a_refused_visit_stays_on_the_phone_and_can_be_ended(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    refuse_visits(company.maju, monkeypatch)
    phone.synchronize()

    phone.visits.write_notes(visit.id, "Moved away")
    phone.visits.set_no_sale_reason(visit.id, NoSaleReason.CLOSED)
    phone.visits.check_out(visit.id, fix=None)
    phone.synchronize()

    assert phone.visits.open_visit() is None
    assert phone.visits.get(visit.id).notes == "Moved away"
    assert phone.sync.status().waiting == 0


def test_of_a_group_the_server_takes_all_or_nothing(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(_incoming: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(entities.UPWARD, ("check_in", Kind.CREATE), burst)
    phone.visits.check_in(customer_id=company.maju, fix=None)

    phone.synchronize()

    assert {record.reason for record in phone.sync.records()} == {"group", "internal"}
    with company.app.app_context():
        assert db.session.scalars(select(Visit.id)).all() == []


def test_a_prospect_and_its_proposed_place_arrive_together(
    phone: Handset, company: Company
) -> None:
    prospect = phone.customers.create_prospect(name="Warung Siti", fix=phone.fix(JAYA))

    phone.synchronize()

    detail = phone.customers.get(prospect)
    assert detail.customer.code.startswith("P-")
    assert detail.customer.latitude is None


def test_the_log_holds_every_change_in_order_with_its_bytes(
    phone: Handset, company: Company
) -> None:
    phone.day.start_day()
    visit_with_order(phone, company)
    phone.day.end_day()

    phone.synchronize()

    with company.app.app_context():
        log = db.session.scalars(select(ChangeLog).order_by(ChangeLog.sequence)).all()
    with phone.database.read() as connection:
        lines = connection.execute("SELECT line FROM outbox ORDER BY sequence").fetchall()
    assert [entry.line for entry in log] == [row["line"] for row in lines]
    assert [entry.sequence for entry in log] == list(range(1, len(lines) + 1))
