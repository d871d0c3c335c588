"""Carrying out a change, also one to a row that was deleted meanwhile."""

from server.customers.models import Customer
from server.deals.models import Deal
from server.expenses.models import Expense
from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.held import find
from server.platform.versioned import Versioned
from server.sync.apply import ConflictError
from server.sync.entities import UPWARD
from server.sync.incoming import Applied, Incoming
from server.tasks.models import Task
from server.visits.models import Visit
from shared.sync.protocol import Change, Kind

_OWNED = {
    "visit": (Visit, "rep_id"),
    "deal": (Deal, "owner_id"),
    "customer": (Customer, "owner_id"),
    "task": (Task, "rep_id"),
    "expense": (Expense, "rep_id"),
}
"""By entity, its table and the column that says whose a row is."""


def carry_out(incoming: Incoming) -> Applied:
    """
    Do what a change asks for, in a savepoint: after a refusal nothing of it is left.

    :raises ProblemError: if it breaks a rule
    :raises ConflictError: if a person must choose
    """
    change = incoming.change
    try:
        # Its own: on PostgreSQL a failed statement would end the group's too.
        with db.session.begin_nested():
            return UPWARD[change.entity, change.kind](incoming)
    except ProblemError:
        applied = _answer_of_deleted(change, rep_id=incoming.sender.rep_id)
        if applied is None:
            raise
        return applied


def _answer_of_deleted(change: Change, *, rep_id: str) -> Applied | None:
    """
    Return what became of a change to a row of this rep that is deleted; None of any other row.

    A deletion that comes second has what it wants.

    :raises ConflictError: for an edit; the office can bring the row back, the phone shows no other
        value
    """
    model, owner = _OWNED.get(change.entity, (None, ""))
    if model is None or change.kind not in (Kind.PATCH, Kind.DELETE):
        return None
    row: object = find(model, change.record_id)
    if not isinstance(row, Versioned) or row.deleted_at is None or getattr(row, owner) != rep_id:
        return None
    if change.kind is Kind.PATCH:
        raise ConflictError(version=row.version, theirs={})
    return Applied(version=row.version)
