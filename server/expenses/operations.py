"""Recording expenses, handing them in, approving and rejecting them."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from server.currencies.operations.freezing import (
    RateChange,
    RateUse,
    freeze_rows,
    frozen_columns,
    kept_rate,
    rate_of,
    rows_to_freeze,
    use_of_rate,
)
from server.expenses.models import Expense
from server.platform import audit
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ForbiddenError, NotFoundError, ProblemError
from server.platform.events import mark_days, record_changed
from server.platform.held import make
from server.platform.reporting import reporting
from server.teams.queries import team_of_rep
from shared.i18n import N_
from shared.vocabulary import ExpenseKind, ExpenseState, Role


class UnknownExpenseError(ProblemError):
    """No such expense of the caller."""

    code = "expense.unknown"
    status = 404
    title = N_("This expense does not exist.")


class ExpenseCurrencyError(ProblemError):
    """Nobody has ever paid in such a currency."""

    code = "expense.currency"
    status = 422
    title = N_("There is no currency with this code.")


class FutureExpenseError(ProblemError):
    """The money is not spent yet."""

    code = "expense.future"
    status = 422
    title = N_("The day of this expense is still to come.")


class ExpenseApprovedError(ProblemError):
    """It is a cost of the company by now."""

    code = "expense.approved"
    status = 409
    title = N_("This expense is approved already.")


class ExpenseNotWaitingError(ProblemError):
    """Only an expense that was handed in can be decided."""

    code = "expense.not_waiting"
    status = 409
    title = N_("This expense is not waiting for a decision.")


class OwnExpenseError(ProblemError):
    """Nobody decides about own money."""

    code = "expense.own"
    status = 403
    title = N_("Somebody else has to decide about your own expenses.")


class RejectionReasonError(ProblemError):
    """A rejection must say why."""

    code = "expense.reason_missing"
    status = 422
    title = N_("Say why the expense is rejected.")


@dataclass(slots=True, kw_only=True)
class NewExpense:
    """What is known about an expense when it is recorded."""

    expense_id: str
    rep_id: str
    day: dt.date
    kind: ExpenseKind
    amount_minor: int
    currency: str
    state: ExpenseState
    mileage_m: int | None = None
    note: str = ""
    content_sha256: bytes | None = None


def create_expense(
    *, expense: NewExpense, at: dt.datetime, today: dt.date, reporting_currency: str
) -> Expense:
    """Record an expense, as a draft or handed in.

    :param today: the rep's local day of `at`
    :raises ExpenseCurrencyError: if there is no such currency
    :raises FutureExpenseError: if its day is after today
    """
    rate = rate_of(
        expense.currency,
        expense.day,
        reporting_currency=reporting_currency,
        unknown=ExpenseCurrencyError,
    )
    if expense.day > today:
        raise FutureExpenseError
    row = make(
        Expense,
        id=expense.expense_id,
        rep_id=expense.rep_id,
        team_id=team_of_rep(expense.rep_id, expense.day),
        day=expense.day,
        kind=expense.kind,
        amount_minor=expense.amount_minor,
        currency=expense.currency,
        **frozen_columns([expense.amount_minor], rate),
        mileage_m=expense.mileage_m,
        note=expense.note,
        state=expense.state,
        submitted_at=at if expense.state == ExpenseState.SUBMITTED else None,
        version=1,
        field_versions={},
        created_at=at,
        updated_at=at,
        content_sha256=expense.content_sha256,
    )
    record_changed("expense", row.id)
    return row


def change_expense(
    *, expense_id: str, rep_id: str, fields: dict[str, Any], at: dt.datetime, today: dt.date
) -> Expense:
    """Change what the rep recorded, hand it in, or take it back to a draft.

    :raises UnknownExpenseError: if it is no expense of this rep
    :raises ExpenseApprovedError: if it is approved
    :raises FutureExpenseError: if its day is after today
    :raises ExpenseCurrencyError: if there is no such currency
    """
    expense = get_expense(expense_id=expense_id, rep_id=rep_id)
    if expense.state == ExpenseState.APPROVED:
        raise ExpenseApprovedError
    values = dict(fields)
    day = values.get("day", expense.day)
    if day > today:
        raise FutureExpenseError
    if day != expense.day:
        values["team_id"] = team_of_rep(rep_id, day)
    state = values.get("state", expense.state)
    if state != expense.state:
        handed_in = state == ExpenseState.SUBMITTED
        values |= {
            "submitted_at": at if handed_in else None,
            "reason": "",
            "decided_by": None,
            "decided_at": None,
        }
    before = expense.currency, expense.day
    changed = expense.change(values, at=at)
    if changed:
        _freeze(expense, before)
        db.session.flush()
        record_changed("expense", expense.id)
    return expense


def delete_expense(*, expense_id: str, rep_id: str, at: dt.datetime) -> Expense:
    """Take back an expense that should not have been recorded.

    :raises UnknownExpenseError: if it is no expense of this rep
    :raises ExpenseApprovedError: if it is approved
    """
    expense = get_expense(expense_id=expense_id, rep_id=rep_id)
    if expense.state == ExpenseState.APPROVED:
        raise ExpenseApprovedError
    expense.change({"deleted_at": at}, at=at)
    db.session.flush()
    record_changed("expense", expense.id)
    return expense


def decide_expenses(
    *,
    access: Access,
    expense_ids: Collection[str],
    decision: ExpenseState,
    reason: str,
    at: dt.datetime,
    seen: Mapping[str, int] | None = None,
) -> None:
    """Approve or reject expenses that were handed in: all of them, or none.

    :param seen: the version of each that the caller has read; None: whatever they are now
    :raises ChangedMeanwhileError: if one of them is another version by now
    :raises NotFoundError: if one of them is not there, or the caller may not see it
    :raises OwnExpenseError: if one of them is the caller's own
    :raises ExpenseNotWaitingError: if one of them is a draft, or decided already
    :raises RejectionReasonError: if they are rejected without a reason
    """
    reason = reason.strip()
    if decision is ExpenseState.REJECTED and not reason:
        raise RejectionReasonError
    expenses = _lock(access, expense_ids)
    for expense in expenses:
        if expense.state != ExpenseState.SUBMITTED:
            raise ExpenseNotWaitingError
        if seen is not None:
            expense.expect(seen.get(expense.id, 0))
    for expense in expenses:
        _set_state(expense, decision, reason=reason, access=access, at=at)


def reopen_expense(
    *, access: Access, expense_id: str, at: dt.datetime, seen: int | None = None
) -> None:
    """Take a decision back: the expense waits for one again, and its day is counted anew.

    :param seen: the version that the caller has read; None: whatever it is now
    :raises ChangedMeanwhileError: if it is another version by now
    :raises NotFoundError: if it is not there, or the caller may not see it
    :raises OwnExpenseError: if it is the caller's own
    :raises ExpenseNotWaitingError: if it was not decided
    """
    [expense] = _lock(access, [expense_id])
    if expense.state not in (ExpenseState.APPROVED, ExpenseState.REJECTED):
        raise ExpenseNotWaitingError
    if seen is not None:
        expense.expect(seen)
    _set_state(expense, ExpenseState.SUBMITTED, reason="", access=access, at=at)


def freeze_expenses(_sender: object, *, change: RateChange) -> int:
    """Put the expenses that a change of rates concerns into the reporting currency.

    Return how many. Their days are re-opened.
    """
    found = rows_to_freeze(Expense, Expense.day, change)
    days = db.session.execute(
        select(Expense.rep_id, Expense.day)
        .where(
            Expense.state == ExpenseState.APPROVED,
            Expense.id.in_(select(found.subquery().c.id)),
        )
        .distinct()
    ).all()
    frozen = freeze_rows(Expense, found, change, updated_at=change.at)
    for rep_id, day in days:
        mark_days(rep_id, {day})
    record_changed("expense", *frozen)
    return len(frozen)


def use_of_expenses(_sender: object, *, change: RateChange) -> RateUse:
    """Return which expenses stand at a rate."""
    return use_of_rate(Expense, Expense.day, change)


def _freeze(expense: Expense, before: tuple[str, dt.date]) -> None:
    """Put what was changed into the reporting currency: of another day or currency anew."""
    rate = kept_rate(expense) if (expense.currency, expense.day) == before else None
    if rate is None:
        rate = rate_of(
            expense.currency,
            expense.day,
            reporting_currency=reporting().currency,
            unknown=ExpenseCurrencyError,
        )
    for name, value in frozen_columns([expense.amount_minor], rate).items():
        setattr(expense, name, value)


def get_expense(*, expense_id: str, rep_id: str) -> Expense:
    """Return an expense of this rep, to be changed.

    :raises UnknownExpenseError: if there is none, or it is another rep's
    """
    expense = db.session.scalar(
        select(Expense).where(Expense.id == expense_id, Expense.rep_id == rep_id).with_for_update()
    )
    if expense is None or expense.deleted_at is not None:
        raise UnknownExpenseError
    return expense


def _set_state(
    expense: Expense, state: ExpenseState, *, reason: str, access: Access, at: dt.datetime
) -> None:
    before = expense.state
    decided = state is not ExpenseState.SUBMITTED
    expense.change(
        {
            "state": state,
            "reason": reason,
            "decided_by": access.user_id if decided else None,
            "decided_at": at if decided else None,
        },
        at=at,
    )
    audit.record(
        action="expense.decided" if decided else "expense.reopened",
        at=at,
        user_id=access.user_id,
        subject=expense.id,
        state=state,
        reason=reason,
    )
    db.session.flush()
    if ExpenseState.APPROVED in (before, state):
        mark_days(expense.rep_id, {expense.day})
    record_changed("expense", expense.id)


def _lock(access: Access, expense_ids: Collection[str]) -> list[Expense]:
    """Return expenses that the caller may decide about, in one order for everybody."""
    if access.role is Role.REP:
        raise ForbiddenError
    wanted = set(expense_ids)
    expenses = db.session.scalars(
        select(Expense)
        .where(
            Expense.id.in_(wanted),
            Expense.deleted_at.is_(None),
            access.rows(Expense.rep_id, Expense.team_id),
        )
        .order_by(Expense.id)
        .with_for_update()
    ).all()
    if len(expenses) != len(wanted):
        raise NotFoundError
    if any(expense.rep_id == access.user_id for expense in expenses):
        raise OwnExpenseError
    return list(expenses)
