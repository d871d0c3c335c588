"""What the costs endpoints take and give."""

from marshmallow import Schema, fields

from server.costs.queries import CostSource
from server.platform.paging import PageQuerySchema, PageSchema
from server.platform.period_query import PeriodQuerySchema
from shared.vocabulary import CostCategory


class CostQuerySchema(PageQuerySchema, PeriodQuerySchema):
    """Which costs, and which page of them. `start` is the first day, `end` the one after all."""

    category = fields.Enum(CostCategory, by_value=True)
    rep = fields.UUID()
    team = fields.UUID(metadata={"description": "With all teams below it."})
    source = fields.Enum(CostSource, by_value=True)


class CostEntrySchema(Schema):
    """A cost to be written: of one rep, of one team, or with neither of the company."""

    category = fields.Enum(CostCategory, by_value=True, required=True)
    day = fields.Date(required=True)
    rep_id = fields.UUID(load_default=None, allow_none=True)
    team_id = fields.UUID(load_default=None, allow_none=True)
    amount_minor = fields.Integer(
        required=True,
        strict=True,
        metadata={"description": "Minor units of the currency."},
    )
    currency = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"description": "ISO 4217 code; left out: the reporting currency."},
    )
    note = fields.String(load_default="")


class CostCorrectionSchema(CostEntrySchema):
    """The whole entry as it is to be, and the version it was made from."""

    version = fields.Integer(required=True, strict=True)


class CostRowSchema(Schema):
    """A cost; amounts in minor units, `base_amount_minor` in the reporting currency.

    That is null while there is no exchange rate for the day.
    """

    id = fields.String()
    version = fields.Integer()
    code = fields.String(allow_none=True)
    category = fields.Enum(CostCategory, by_value=True)
    day = fields.Date()
    rep_id = fields.String(allow_none=True)
    rep_name = fields.String(allow_none=True)
    team_id = fields.String(allow_none=True)
    team_name = fields.String(allow_none=True)
    amount_minor = fields.Integer()
    currency = fields.String()
    base_amount_minor = fields.Integer(allow_none=True)
    rate = fields.String(attribute="rate_text", allow_none=True)
    rate_on = fields.Date(allow_none=True)
    note = fields.String()
    source = fields.Enum(CostSource, by_value=True)


class CostPageSchema(PageSchema):
    """A page of the list."""

    rows = fields.List(fields.Nested(CostRowSchema))
