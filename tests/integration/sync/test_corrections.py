"""What the office refused is corrected by the rep, and what is too large stops only itself."""

import random
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from mobile.services.deal_views import DealFields
from mobile.services.deals import DealService
from mobile.services.views import OrderLine, RecordState, SyncRecord, Way
from mobile.storage import device as phone_device
from mobile.storage import outbox
from server.deals.models import Deal
from server.expenses.models import Expense
from server.photos.models import Photo
from server.platform.database import db
from server.sync import bodies, changes, entities
from server.sync.incoming import Applied, Incoming
from server.sync.verification import broken_chains
from server.tasks.models import Task
from server.visits.models import Visit
from shared.sync.protocol import Kind
from shared.vocabulary import TaskState
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset
from tests.integration.sync.test_errands import parking

DISPLAY = DealFields(
    title="Display",
    source="",
    amount_minor=100_00,
    lines=(),
    expected_close_on=None,
    note="",
    currency="XQQ",
)


def refused(phone: Handset) -> list[SyncRecord]:
    return [one for one in phone.sync.records() if one.state is RecordState.NEEDS_YOU]


def test_a_deal_that_was_refused_is_made_anew_with_all_that_was_changed_since(
    phone: Handset, company: Company
) -> None:
    deals = DealService(recorder=phone.recorder)
    deal_id = deals.create(company.maju, DISPLAY)
    phone.synchronize()
    deals.move(deal_id, "opportunity")  # made anew, and refused again
    phone.synchronize()
    [record] = refused(phone)
    assert (record.reason, record.form, record.record_id) == ("deal.currency", "deal", deal_id)
    assert record.ways == {Way.CORRECT, Way.THEIRS}

    deals.change(deal_id, replace(DISPLAY, currency="IDR", note="Two of them"))
    assert phone.synchronize().needs_you == 0

    assert refused(phone) == []
    with company.app.app_context():
        deal = db.session.get_one(Deal, deal_id)
        assert (deal.currency, deal.stage_key, deal.note) == ("IDR", "opportunity", "Two of them")
        assert (deal.title, deal.amount_minor) == ("Display", 100_00)
        assert changes.wrong_scopes() == []
    assert deals.get(deal_id).note == "Two of them"


def test_an_order_of_a_product_that_is_gone_is_corrected_after_the_visit(
    phone: Handset, company: Company
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    gone = OrderLine(product_id=visit.id, product_name="Gone", quantity=2, price_minor=5_00)
    phone.visits.take_order(visit.id, [gone])
    phone.visits.check_out(visit.id, fix=None)
    phone.synchronize()
    [record] = refused(phone)
    assert (record.reason, record.form) == ("deal.unknown_product", "deal")
    deals = DealService(recorder=phone.recorder)
    shown = deals.get(record.record_id)
    assert shown.is_order

    line = replace(shown.lines[0], product_id=company.soda)
    deals.change(
        record.record_id,
        DealFields(
            title=shown.title,
            source=shown.source,
            amount_minor=0,
            lines=(line,),
            expected_close_on=None,
            note="",
            currency=shown.currency,
        ),
    )
    assert phone.synchronize().needs_you == 0

    with company.app.app_context():
        order = db.session.scalars(select(Deal)).one()
        assert (order.visit_id, order.kind, order.amount_minor) == (visit.id, "won", 10_00)


def test_an_expense_is_made_anew_with_its_receipt_and_a_refused_change_of_it_is_tried_again(
    phone: Handset, company: Company
) -> None:
    phone.take_receipt()
    expense_id = phone.expenses.save(replace(parking(), currency="XQQ"))
    phone.synchronize()
    assert {record.reason for record in refused(phone)} == {"expense.currency", "expense.unknown"}
    [record] = [one for one in refused(phone) if one.entity == "expense"]
    assert Way.CORRECT in record.ways

    phone.expenses.save(replace(parking(), currency="IDR"), expense_id=expense_id)
    phone.synchronize()
    assert refused(phone) == []

    phone.expenses.save(replace(parking(7_000_00), currency="XQQ"), expense_id=expense_id)
    phone.synchronize()
    [record] = refused(phone)
    tried = phone.expenses.get(expense_id, tried=record.mine or {})
    assert (tried.amount_minor, tried.currency) == (7_000_00, "XQQ")
    assert phone.expenses.get(expense_id).amount_minor == 5_000_00
    phone.expenses.save(replace(parking(7_000_00), currency="IDR"), expense_id=expense_id)
    phone.synchronize()
    assert refused(phone) == []
    with company.app.app_context():
        expense = db.session.get_one(Expense, expense_id)
        assert (expense.amount_minor, expense.currency) == (7_000_00, "IDR")
        assert db.session.scalars(select(Photo.expense_id)).all() == [expense_id]


def test_a_task_that_met_a_mistake_of_the_server_is_sent_again_as_it_is_done_by_now(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(_incoming: Incoming) -> Applied:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setitem(entities.UPWARD, ("task", Kind.CREATE), burst)
        task_id = phone.tasks.create(title="Bring the display")
        phone.tasks.set_state(task_id, TaskState.DONE)
        phone.synchronize()
    assert [record.reason for record in refused(phone)] == ["task.unknown", "internal"]
    assert all(Way.CORRECT in record.ways for record in refused(phone))

    phone.tasks.change(task_id, title="Bring the display", note="", due_on=None)
    phone.synchronize()

    assert refused(phone) == []
    with company.app.app_context():
        task = db.session.get_one(Task, task_id)
        assert (task.title, task.state) == ("Bring the display", TaskState.DONE)


def test_a_refused_draft_that_is_deleted_is_gone_and_asks_nothing(
    phone: Handset, company: Company
) -> None:
    expense_id = phone.expenses.save(replace(parking(), currency="XQQ"))
    phone.synchronize()

    phone.expenses.delete(expense_id)
    phone.synchronize()

    assert (refused(phone), phone.expenses.newest()) == ([], ())


def test_a_corrected_record_that_is_deleted_later_does_not_rise_again(
    phone: Handset, company: Company
) -> None:
    expense_id = phone.expenses.save(replace(parking(), currency="XQQ"))
    phone.synchronize()
    phone.expenses.save(replace(parking(), currency="IDR"), expense_id=expense_id)
    phone.synchronize()

    phone.expenses.delete(expense_id)
    phone.synchronize()

    assert (refused(phone), phone.expenses.newest()) == ([], ())


@pytest.mark.fault("data", "too many changes, a bomb")
def test_a_record_that_is_too_large_stops_only_itself_and_is_sent_once_it_is_shorter(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MAX_COMPRESSED_BYTES", 1_800)
    before = phone.tasks.create(title="Before")
    rng = random.Random(5)
    long = "".join(chr(rng.randrange(0x100, 0x2000)) for _ in range(1_000))
    large = phone.tasks.create(title="Large", note=long)
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    after = phone.tasks.create(title="After")

    phone.synchronize()

    [record] = refused(phone)
    assert (record.reason, record.record_id) == ("too_large", large)
    assert phone.sync.status().waiting == 0
    assert phone.tasks.get(large).note == long
    with company.app.app_context():
        assert set(db.session.scalars(select(Task.id))) == {before, after}
        assert db.session.scalars(select(Visit.id)).all() == [visit.id]
        assert broken_chains() == []

    phone.tasks.change(large, title="Large", note="Short", due_on=None)
    phone.synchronize()
    assert refused(phone) == []
    with company.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Task)) == 3
        assert broken_chains() == []


def test_the_chain_goes_on_although_all_before_what_waits_is_old_enough_to_be_forgotten(
    phone: Handset, company: Company
) -> None:
    first = phone.tasks.create(title="Before a long leave")
    phone.synchronize()
    with phone.database.write() as connection:
        connection.execute("UPDATE outbox SET settled_at_ms = 0")
    phone.tasks.create(title="While the first sync after it runs")
    with phone.database.write() as connection:
        now = phone_device.to_ms(phone.clock.now())
        outbox.prune(connection, now_ms=now)

    phone.synchronize()

    assert phone.sync.status().waiting == 0
    with company.app.app_context():
        assert first in set(db.session.scalars(select(Task.id)))
        assert db.session.scalar(select(func.count()).select_from(Task)) == 2
