"""How the expenses of reps are counted: those approved, on the day of the expense."""

from sqlalchemy import func, select

from server.expenses.models import Expense
from server.metrics.rollups.counting import value_if
from server.metrics.rollups.scope import Counted, Scope
from server.metrics.rollups.travel import kilometre_rate
from shared.vocabulary import ExpenseKind, ExpenseState

_OF_THE_KILOMETRE = (ExpenseKind.FUEL, ExpenseKind.MILEAGE)


def counted_expenses(scope: Scope) -> Counted:
    """Return the approved expenses of these rep-days, and what each adds.

    Fuel and mileage count only where no kilometre rate pays for them already.
    """
    rate = func.coalesce(kilometre_rate(Expense.day), 0)
    amount = value_if(Expense.kind.not_in(_OF_THE_KILOMETRE) | (rate == 0), Expense.amount_minor)
    return select(Expense.id, Expense.rep_id, Expense.day, amount.label("expenses_minor")).where(
        Expense.state == ExpenseState.APPROVED,
        Expense.deleted_at.is_(None),
        scope.holds(Expense.rep_id, Expense.day),
    )


def expense_contribution(scope: Scope) -> Counted:
    """Return what the reps spent on each rep-day."""
    row = counted_expenses(scope).subquery().c
    return select(
        row.rep_id, row.day, func.sum(row.expenses_minor).label("expenses_minor")
    ).group_by(row.rep_id, row.day)
