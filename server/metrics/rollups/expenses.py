"""How the expenses of reps are counted: those approved, on the day of the expense."""

from sqlalchemy import and_, func, select

from server.expenses.models import Expense
from server.metrics.rollups.counting import one_if, value_if
from server.metrics.rollups.scope import Counted, Scope
from server.metrics.rollups.travel import kilometre_rate
from shared.vocabulary import ExpenseKind, ExpenseState

_OF_THE_KILOMETRE = (ExpenseKind.FUEL, ExpenseKind.MILEAGE)


def counted_expenses(scope: Scope) -> Counted:
    """Return the approved expenses of these rep-days, and what each adds.

    Fuel and mileage count only where no kilometre rate pays for them already.
    """
    rate = func.coalesce(kilometre_rate(Expense.day), 0)
    counts = Expense.kind.not_in(_OF_THE_KILOMETRE) | (rate == 0)
    return select(
        Expense.id,
        Expense.rep_id,
        Expense.day,
        value_if(counts, Expense.base_amount_minor).label("expenses_minor"),
        one_if(and_(counts, Expense.waits_for_rate)).label("expenses_without_rate"),
    ).where(
        Expense.state == ExpenseState.APPROVED,
        Expense.deleted_at.is_(None),
        scope.holds(Expense.rep_id, Expense.day),
    )


def expense_contribution(scope: Scope) -> Counted:
    """Return what the reps spent on each rep-day."""
    row = counted_expenses(scope).subquery().c
    return select(
        row.rep_id,
        row.day,
        func.sum(row.expenses_minor).label("expenses_minor"),
        func.sum(row.expenses_without_rate).label("expenses_without_rate"),
    ).group_by(row.rep_id, row.day)
