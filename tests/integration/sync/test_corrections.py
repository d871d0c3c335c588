"""What the office refused is corrected by the rep."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from mobile.services.deal_views import DealFields
from mobile.services.deals import DealService
from mobile.services.views import OrderLine, RecordState, SyncRecord, Way
from server.deals.models import Deal
from server.expenses.models import Expense
from server.photos.models import Photo
from server.platform.database import db
from server.sync import changes, entities
from server.sync.incoming import Applied, Incoming
from server.tasks.models import Task
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
