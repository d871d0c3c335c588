"""How the expenses of reps are counted: those approved, on the day of the expense."""

from sqlalchemy import func, select

from server.expenses.models import Expense
from server.metrics.rollups.counting import value_if
from server.metrics.rollups.scope import Counted, Scope
from server.metrics.rollups.travel import kilometre_rate
from shared.vocabulary import ExpenseKind, ExpenseState

_OF_THE_KILOMETRE = (ExpenseKind.FUEL, ExpenseKind.MILEAGE)


def expense_contribution(scope: Scope) -> Counted:
    """Return what the reps spent on each rep-day.

    Fuel and mileage count only where no kilometre rate pays for them already.
    """
    rate = func.coalesce(kilometre_rate(Expense.day), 0)
    amount = value_if(Expense.kind.not_in(_OF_THE_KILOMETRE) | (rate == 0), Expense.amount_minor)
    return (
        select(Expense.rep_id, Expense.day, func.sum(amount).label("expenses_minor"))
        .where(
            Expense.state == ExpenseState.APPROVED,
            Expense.deleted_at.is_(None),
            scope.holds(Expense.rep_id, Expense.day),
        )
        .group_by(Expense.rep_id, Expense.day)
    )
