"""What the services hand to the screens of expenses: plain facts."""

from dataclasses import dataclass
from datetime import date

from shared.vocabulary import ExpenseKind, ExpenseState


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExpense:
    """What the rep says about an expense."""

    day: date
    kind: ExpenseKind
    amount_minor: int
    mileage_m: int | None
    note: str
    state: ExpenseState
    currency: str = ""
    """Empty: the organisation's, or as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpenseView:
    """Own money the rep spent, and what the office says to it."""

    id: str
    day: date
    kind: ExpenseKind
    amount_minor: int
    currency: str
    mileage_m: int | None
    note: str
    state: ExpenseState
    reason: str
    needs_you: bool = False
    """Whether the server did not take a change of it."""
    receipts: int = 0
    """How many photos of receipts it has."""
