"""What the expenses endpoints take and give."""

from marshmallow import Schema, fields, validate

from server.platform.paging import PageQuerySchema, PageSchema
from server.platform.period_query import PeriodQuerySchema
from shared.schemas.expense import LONGEST_NOTE
from shared.vocabulary import ExpenseKind, ExpenseState

MOST_AT_ONCE = 500
_DECISIONS = (ExpenseState.APPROVED, ExpenseState.REJECTED)


class ExpenseFilterSchema(PeriodQuerySchema):
    """Which expenses. `start` is the first day, `end` the day after the last."""

    state = fields.Enum(ExpenseState, by_value=True)
    kind = fields.Enum(ExpenseKind, by_value=True)
    rep = fields.UUID()
    team = fields.UUID()


class ExpenseQuerySchema(PageQuerySchema, ExpenseFilterSchema):
    """Which page of them."""


class ExpenseRowSchema(Schema):
    """An expense; its amount in minor units of its currency, the mileage in metres.

    `base_amount_minor` is in the reporting currency; null while there is no rate for the day.
    """

    id = fields.String()
    version = fields.Integer()
    rep_id = fields.String()
    rep_name = fields.String()
    day = fields.Date()
    kind = fields.Enum(ExpenseKind, by_value=True)
    amount_minor = fields.Integer()
    currency = fields.String()
    base_amount_minor = fields.Integer(allow_none=True)
    rate = fields.String(attribute="rate_text", allow_none=True)
    rate_on = fields.Date(allow_none=True)
    mileage_m = fields.Integer(allow_none=True)
    note = fields.String()
    state = fields.Enum(ExpenseState, by_value=True)
    reason = fields.String()
    submitted_at = fields.DateTime(allow_none=True)
    decided_by = fields.String(allow_none=True)
    decider_name = fields.String(allow_none=True)
    decided_at = fields.DateTime(allow_none=True)


class ExpensePageSchema(PageSchema):
    """A page of the list."""

    rows = fields.List(fields.Nested(ExpenseRowSchema))


class MonthTotalSchema(Schema):
    """What a rep spent in a month, minor units of the reporting currency; drafts are not in it."""

    rep_id = fields.String()
    rep_name = fields.String()
    month = fields.Date()
    submitted_minor = fields.Integer()
    approved_minor = fields.Integer()
    rejected_minor = fields.Integer()
    mileage_m = fields.Integer()
    currency = fields.String()
    waiting = fields.Integer(
        metadata={"description": "Expenses without an exchange rate: they are in no sum."}
    )


class ExpenseDecisionSchema(Schema):
    """The decision about one or many: all are decided, or none."""

    ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST_AT_ONCE))
    decision = fields.Enum(
        ExpenseState, by_value=True, required=True, validate=validate.OneOf(_DECISIONS)
    )
    reason = fields.String(load_default="", validate=validate.Length(max=LONGEST_NOTE))


class DecidedSchema(Schema):
    """How many were decided."""

    decided = fields.Integer()
