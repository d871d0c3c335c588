"""Wire format of an expense: the rep's until the office approves it."""

from shared.schemas.limits import MAX_MILEAGE_M, MAX_MINOR
from shared.schemas.record import RecordSchema, choice, day, text, whole
from shared.vocabulary import ExpenseKind, ExpenseState

LONGEST_NOTE = 2_000
_OF_THE_REP = (ExpenseState.DRAFT, ExpenseState.SUBMITTED)


class ExpenseSchema(RecordSchema):
    """Own money spent for the company on a day."""

    day = day(required=True)
    kind = choice(ExpenseKind, required=True)
    amount_minor = whole(1, MAX_MINOR, required=True)
    currency = text(3, required=True, shortest=3)
    mileage_m = whole(0, MAX_MILEAGE_M, nullable=True)
    """Distance ridden, metres, where the expense is about that."""
    note = text(LONGEST_NOTE)
    state = choice(_OF_THE_REP, required=True)


class ExpensePatchSchema(RecordSchema):
    """What the rep may change until it is approved."""

    day = day()
    kind = choice(ExpenseKind)
    amount_minor = whole(1, MAX_MINOR)
    currency = text(3, shortest=3)
    mileage_m = whole(0, MAX_MILEAGE_M, nullable=True)
    note = text(LONGEST_NOTE)
    state = choice(_OF_THE_REP)


class DeleteExpenseSchema(RecordSchema):
    """Taking an expense back says nothing but that."""
