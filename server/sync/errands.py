"""What a phone's changes to tasks, expenses and signals do; the rest is in `apply`."""

from typing import Any

from server.expenses import operations as expenses
from server.identity.models import User
from server.photos.operations import records as photos
from server.platform.access import Access
from server.platform.database import db
from server.platform.events import answer_accepted
from server.signals.operations import review
from server.sync.apply import ConflictError, resolve_patch, touched_by_others
from server.sync.incoming import Applied, Incoming
from server.sync.moved import unless_moved
from server.sync.rows import expense_fields, task_fields
from server.tasks import operations as tasks
from server.visits.operations import get_visit
from shared.vocabulary import ExpenseKind, ExpenseState, Role


def create_task(incoming: Incoming) -> Applied:
    """Note what the rep is to do."""
    data, rep_id = incoming.data, incoming.sender.rep_id
    if data.get("visit_id") is not None:
        get_visit(visit_id=data["visit_id"], rep_id=rep_id)
    task = tasks.create_task(
        task=tasks.NewTask(
            task_id=incoming.change.record_id,
            rep_id=rep_id,
            title=data["title"],
            note=data.get("note", ""),
            customer_id=data.get("customer_id"),
            visit_id=data.get("visit_id"),
            due_on=data.get("due_on"),
            content_sha256=incoming.sha256,
        ),
        created_by=rep_id,
        at=incoming.at,
        day=incoming.day,
    )
    return Applied(version=task.version)


def patch_task(incoming: Incoming) -> Applied:
    """Change a task, or finish it; what is further on stays so."""
    task = tasks.get_task(incoming.change.record_id)
    if task.rep_id != incoming.sender.rep_id:
        raise unless_moved(
            "task", task.id, rep_id=incoming.sender.rep_id, error=tasks.UnknownTaskError()
        )
    given_by = db.session.get_one(User, task.created_by) if task.created_by != task.rep_id else None
    current = task_fields(task, given_by.name if given_by else "")
    resolution = resolve_patch("task", task, incoming, current, patch=_as_sent(incoming))
    task = tasks.change_task(
        task_id=task.id, fields=_as_typed(incoming, resolution.apply), at=incoming.at
    )
    return Applied(version=task.version, merged=resolution.merged)


def answer_signal(incoming: Incoming) -> Applied:
    """Keep what the rep says to a signal, once."""
    review.answer(
        access=Access(user_id=incoming.sender.rep_id, role=Role.REP),
        signal_id=incoming.change.record_id,
        text=incoming.data["answer"],
        at=incoming.at,
    )
    return Applied(version=1)


def accept_answer(incoming: Incoming) -> Applied:
    """Tell whoever keeps a list that the rep leaves a change that was not taken as it is."""
    sender = incoming.sender
    answer_accepted.send(
        None,
        device_ids=[sender.device_id, *(device_id for device_id, _ in sender.forebears)],
        rep_id=incoming.sender.rep_id,
        record_id=incoming.change.record_id,
        sequence=incoming.data["sequence"],
        at=incoming.at,
    )
    return Applied(version=1)


def create_expense(incoming: Incoming) -> Applied:
    """Record own money the rep spent."""
    data = incoming.data
    expense = expenses.create_expense(
        expense=expenses.NewExpense(
            expense_id=incoming.change.record_id,
            rep_id=incoming.sender.rep_id,
            day=data["day"],
            kind=ExpenseKind(data["kind"]),
            amount_minor=data["amount_minor"],
            currency=data["currency"],
            mileage_m=data.get("mileage_m"),
            note=data.get("note", ""),
            state=ExpenseState(data["state"]),
            content_sha256=incoming.sha256,
        ),
        at=incoming.at,
        today=incoming.day,
        reporting_currency=incoming.sender.reporting_currency,
    )
    return Applied(version=expense.version)


def patch_expense(incoming: Incoming) -> Applied:
    """Change an expense, unless it is approved or the office decided about it meanwhile."""
    expense = expenses.get_expense(
        expense_id=incoming.change.record_id, rep_id=incoming.sender.rep_id
    )
    current = expense_fields(expense)
    if expense.state == ExpenseState.APPROVED:
        raise ConflictError(version=expense.version, theirs=current)
    resolution = resolve_patch("expense", expense, incoming, current, patch=_as_sent(incoming))
    expense = expenses.change_expense(
        expense_id=expense.id,
        rep_id=expense.rep_id,
        fields=_as_typed(incoming, resolution.apply),
        at=incoming.at,
        today=incoming.day,
    )
    return Applied(version=expense.version, merged=resolution.merged)


def delete_expense(incoming: Incoming) -> Applied:
    """Take an expense back, unless it is approved or somebody else changed it meanwhile."""
    expense = expenses.get_expense(
        expense_id=incoming.change.record_id, rep_id=incoming.sender.rep_id
    )
    is_stale = touched_by_others(expense, incoming, expense.field_versions)
    if expense.state == ExpenseState.APPROVED or is_stale:
        raise ConflictError(version=expense.version, theirs=expense_fields(expense))
    photos.withdraw_receipts(
        expense_id=expense.id, at=incoming.at, received_at=incoming.sender.received_at
    )
    expense = expenses.delete_expense(expense_id=expense.id, rep_id=expense.rep_id, at=incoming.at)
    return Applied(version=expense.version)


_DAYS = ("due_on", "day")


def _as_sent(incoming: Incoming) -> dict[str, Any]:
    """Return the patch with its days as text, as they stand on the wire."""
    return {
        name: incoming.change.data[name] if name in _DAYS else value
        for name, value in incoming.data.items()
    }


def _as_typed(incoming: Incoming, fields: dict[str, Any]) -> dict[str, Any]:
    """Return resolved fields with their days as dates."""
    return {name: incoming.data[name] if name in _DAYS else value for name, value in fields.items()}
