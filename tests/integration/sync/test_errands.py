"""Tasks and expenses between phone and office: both ways, and what both changed meanwhile."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from mobile.services.deals import DealService
from mobile.services.expense_views import NewExpense
from mobile.services.tasks import TaskUnknownError
from mobile.services.views import SyncRecord, Way
from mobile.sync.answers import SyncError
from server.expenses import operations as expenses
from server.expenses.models import Expense
from server.platform.access import Access
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync import changes
from server.sync.entities import MODELS
from server.sync.models import Conflict
from server.tasks import operations as tasks
from server.tasks.models import Task
from shared.sync.ids import new_id
from shared.time import business_day, utc_now
from shared.vocabulary import ExpenseKind, ExpenseState, Role, TaskState
from tests.fakes.company import MAJU, ZONE, Company
from tests.fakes.handset import Handset
from tests.fakes.network import Fault
from tests.integration.sync.conftest import NewPhone
from tests.integration.sync.test_deals_from_phones import COOLER


def today() -> dt.date:
    return business_day(utc_now(), ZONE)


def give(company: Company, rep_id: str, title: str = "Collect the payment") -> str:
    """Give a rep a task, as the manager."""
    task = tasks.NewTask(task_id=new_id(), rep_id=rep_id, title=title, due_on=today())
    with company.app.app_context(), transaction():
        tasks.create_task(task=task, created_by=company.manager, at=utc_now(), day=today())
    return task.task_id


def set_state(company: Company, task_id: str, state: TaskState) -> None:
    with company.app.app_context(), transaction():
        tasks.change_task(task_id=task_id, fields={"state": state}, at=utc_now())


def state_of(company: Company, task_id: str) -> str:
    with company.app.app_context():
        return str(db.session.get_one(Task, task_id).state)


def parking(amount_minor: int = 5_000_00) -> NewExpense:
    return NewExpense(
        day=today(),
        kind=ExpenseKind.PARKING,
        amount_minor=amount_minor,
        mileage_m=None,
        note="",
        state=ExpenseState.SUBMITTED,
    )


def decide(company: Company, expense_id: str, decision: ExpenseState) -> None:
    access = Access(user_id=company.manager, role=Role.MANAGER, team_ids=frozenset({company.team}))
    with company.app.app_context(), transaction():
        expenses.decide_expenses(
            access=access, expense_ids=[expense_id], decision=decision, reason="No", at=utc_now()
        )


def test_a_promise_made_in_a_visit_arrives_and_a_given_task_reaches_the_phone(
    phone: Handset, company: Company
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    mine = phone.tasks.create(title="Price list", visit_id=visit.id, due_on=today())
    theirs = give(company, company.sari)

    report = phone.synchronize()

    assert report.needs_you == 0
    assert phone.tasks.get(theirs).given_by == "Rina Hartono"
    assert phone.tasks.get(mine).given_by == ""
    with company.app.app_context():
        task = db.session.get_one(Task, mine)
        assert (task.visit_id, task.customer_id) == (visit.id, company.maju)
        assert (task.rep_id, task.team_id, task.due_on) == (company.sari, company.team, today())
        assert changes.wrong_scopes() == []


def test_of_two_states_the_further_one_stays(phone: Handset, company: Company) -> None:
    task_id = give(company, company.sari)
    phone.synchronize()
    phone.tasks.set_state(task_id, TaskState.IN_PROGRESS)
    set_state(company, task_id, TaskState.DONE)

    report = phone.synchronize()

    assert report.needs_you == 0
    assert phone.tasks.get(task_id).state is TaskState.DONE
    assert state_of(company, task_id) == TaskState.DONE


def test_done_and_undone_on_the_phone_is_open_on_the_server(
    phone: Handset, company: Company
) -> None:
    task_id = give(company, company.sari)
    phone.synchronize()
    phone.tasks.set_state(task_id, TaskState.DONE)
    phone.synchronize()
    phone.tasks.set_state(task_id, TaskState.OPEN)

    assert phone.synchronize().needs_you == 0
    assert state_of(company, task_id) == TaskState.OPEN


def test_done_here_and_cancelled_there_asks_the_rep(phone: Handset, company: Company) -> None:
    task_id = give(company, company.sari)
    phone.synchronize()
    phone.tasks.set_state(task_id, TaskState.DONE)
    set_state(company, task_id, TaskState.CANCELLED)

    assert phone.synchronize().needs_you == 1

    assert phone.tasks.get(task_id).needs_you
    [record] = [one for one in phone.sync.records() if one.reason == "conflict"]
    assert (record.mine, (record.theirs or {})["state"]) == ({"state": "done"}, "cancelled")
    phone.sync.keep_mine(record.id)
    phone.synchronize()
    assert state_of(company, task_id) == TaskState.DONE
    assert phone.tasks.get(task_id).given_by == "Rina Hartono"


def test_a_task_given_to_another_rep_leaves_the_phone(
    phone: Handset, new_phone: NewPhone, company: Company
) -> None:
    task_id = give(company, company.sari)
    phone.synchronize()
    budi = new_phone(company.budi)
    with company.app.app_context(), transaction():
        tasks.change_task(task_id=task_id, fields={"rep_id": company.budi}, at=utc_now())
    phone.tasks.set_state(task_id, TaskState.DONE)

    phone.synchronize()
    budi.synchronize()

    assert [task.id for task in budi.tasks.lists().due_today] == [task_id]
    [record] = [one for one in phone.sync.records() if one.reason]
    assert record.reason == "moved"


def test_an_expense_goes_up_is_decided_and_comes_back(phone: Handset, company: Company) -> None:
    expense_id = phone.expenses.save(parking())
    phone.synchronize()
    decide(company, expense_id, ExpenseState.REJECTED)
    phone.synchronize()
    rejected = phone.expenses.get(expense_id)
    assert (rejected.state, rejected.reason) == (ExpenseState.REJECTED, "No")

    phone.expenses.save(parking(6_000_00), expense_id=expense_id)
    phone.synchronize()
    decide(company, expense_id, ExpenseState.APPROVED)
    phone.synchronize()

    approved = phone.expenses.get(expense_id)
    assert (approved.state, approved.amount_minor) == (ExpenseState.APPROVED, 6_000_00)


def test_an_expense_changed_after_its_approval_shows_both_values(
    phone: Handset, company: Company
) -> None:
    expense_id = phone.expenses.save(parking())
    phone.synchronize()
    phone.expenses.save(parking(9_000_00), expense_id=expense_id)
    decide(company, expense_id, ExpenseState.APPROVED)

    assert phone.synchronize().needs_you == 1

    [record] = [one for one in phone.sync.records() if one.reason == "conflict"]
    assert record.mine is not None
    assert record.theirs is not None
    assert (record.mine["amount_minor"], record.theirs["amount_minor"]) == (9_000_00, 5_000_00)
    assert phone.expenses.get(expense_id).amount_minor == 5_000_00
    with company.app.app_context():
        assert db.session.get_one(Expense, expense_id).amount_minor == 5_000_00


def conflict(phone: Handset) -> SyncRecord:
    [record] = [one for one in phone.sync.records() if one.reason == "conflict"]
    return record


def test_a_deletion_of_what_the_office_decided_about_meanwhile_asks_the_rep(
    phone: Handset, company: Company
) -> None:
    expense_id = phone.expenses.save(parking())
    phone.synchronize()
    decide(company, expense_id, ExpenseState.REJECTED)
    phone.expenses.delete(expense_id)

    assert phone.synchronize().needs_you == 1

    record = conflict(phone)
    assert record.is_deletion
    assert record.ways == {Way.MINE, Way.THEIRS}
    assert phone.expenses.get(expense_id).state is ExpenseState.REJECTED
    phone.sync.keep_mine(record.id)
    phone.synchronize()
    assert phone.expenses.newest() == ()
    with company.app.app_context():
        assert db.session.get_one(Expense, expense_id).deleted_at is not None
        assert changes.wrong_scopes() == []


def test_what_cannot_be_sent_again_is_not_offered(phone: Handset, company: Company) -> None:
    deleted, changed = phone.expenses.save(parking()), phone.expenses.save(parking())
    phone.synchronize()
    phone.expenses.delete(deleted)
    phone.expenses.save(parking(9_000_00), expense_id=changed)
    for expense_id in (deleted, changed):
        decide(company, expense_id, ExpenseState.APPROVED)

    assert phone.synchronize().needs_you == 2

    asked = [one for one in phone.sync.records() if one.reason == "conflict"]
    assert [set(one.ways) for one in asked] == [{Way.THEIRS}] * 2


def test_own_changes_before_a_deletion_are_nobody_elses(phone: Handset, company: Company) -> None:
    expense_id = phone.expenses.save(parking())
    phone.expenses.save(parking(6_000_00), expense_id=expense_id)
    phone.network.next(Fault.LOSE_ANSWER)
    with pytest.raises(SyncError):
        phone.synchronize()
    phone.expenses.delete(expense_id)

    assert phone.synchronize().needs_you == 0
    assert phone.expenses.newest() == ()


def delete(company: Company, entity: str, record_id: str) -> None:
    """Delete a row, as a merge or a person at the database does."""
    with company.app.app_context(), transaction():
        row: Any = db.session.get_one(MODELS[entity], record_id)
        row.change({"deleted_at": utc_now()}, at=utc_now())
        db.session.flush()
        changes.record_changes([(entity, record_id)])


def test_an_edit_of_what_was_deleted_meanwhile_says_so_and_the_office_can_bring_it_back(
    phone: Handset, company: Company
) -> None:
    deals = DealService(recorder=phone.recorder)
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    task_id = phone.tasks.create(title="Price list")
    deal_id = deals.create(company.maju, COOLER)
    phone.synchronize()
    delete(company, "visit", visit.id)
    delete(company, "task", task_id)
    delete(company, "deal", deal_id)
    phone.visits.write_notes(visit.id, "Wants a display")
    phone.tasks.set_state(task_id, TaskState.DONE)
    deals.move(deal_id, "opportunity")

    assert phone.synchronize().needs_you == 3

    asked = [one for one in phone.sync.records() if one.reason == "conflict"]
    assert {one.entity for one in asked} == {"visit", "task", "deal"}
    assert [one.theirs for one in asked] == [{}] * 3
    assert [set(one.ways) for one in asked] == [{Way.THEIRS}] * 3
    with pytest.raises(TaskUnknownError):
        phone.tasks.get(task_id)
    with company.app.app_context(), transaction():
        kept = db.session.scalars(select(Conflict).where(Conflict.entity == "task")).one()
        assert (kept.mine, kept.theirs) == ({"state": "done"}, {})
        db.session.get_one(Task, task_id).change({"deleted_at": None}, at=utc_now())
        db.session.flush()
        changes.record_changes([("task", task_id)])
    phone.synchronize()
    assert phone.tasks.get(task_id).state is TaskState.OPEN


def test_an_expense_deleted_on_both_phones_is_deleted(
    phone: Handset, new_phone: NewPhone, company: Company
) -> None:
    expense_id = phone.expenses.save(parking())
    phone.synchronize()
    other = new_phone(company.sari)
    for each in (phone, other):
        each.expenses.delete(expense_id)

    assert [each.synchronize().needs_you for each in (phone, other)] == [0, 0]


def test_a_deleted_expense_is_gone_on_both_sides(phone: Handset, company: Company) -> None:
    sent = phone.expenses.save(parking())
    phone.synchronize()
    phone.expenses.delete(sent)
    never_sent = phone.expenses.save(parking())
    phone.expenses.delete(never_sent)

    assert phone.synchronize().needs_you == 0

    assert phone.expenses.newest() == ()
    with company.app.app_context():
        assert (
            db.session.scalars(select(Expense.id).where(Expense.deleted_at.is_(None))).all() == []
        )
        assert changes.wrong_scopes() == []
