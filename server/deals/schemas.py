"""What the deals endpoints take and give."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from server.platform.paging import PageQuerySchema, PageSchema
from shared.vocabulary import DealType, StageKind


class DealQuerySchema(PageQuerySchema):
    """Which deals. `closed_from` is the first day, `closed_to` the day after the last."""

    closed_from = fields.Date()
    closed_to = fields.Date()
    kind = fields.Enum(StageKind, by_value=True)
    owner = fields.UUID()
    team = fields.UUID()
    customer = fields.UUID()

    @validates_schema
    def _period(self, data: dict[str, Any], **_: Any) -> None:
        if ("closed_from" in data) != ("closed_to" in data):
            raise ValidationError("Give both ends of the period, or neither.", "closed_to")
        if "closed_from" in data and data["closed_to"] < data["closed_from"]:
            raise ValidationError("The period ends before it starts.", "closed_to")


class FunnelQuerySchema(Schema):
    """The leads of which days, of whom; `from` is the first day, `to` the day after the last."""

    start = fields.Date(data_key="from", required=True)
    end = fields.Date(data_key="to", required=True)
    team = fields.UUID(metadata={"description": "With all teams below it."})
    rep = fields.UUID()
    source = fields.String(validate=validate.Length(1, 60))

    @validates_schema
    def _period(self, data: dict[str, Any], **_: Any) -> None:
        if data["end"] <= data["start"]:
            raise ValidationError("The period ends after it starts.", "to")


class FunnelStepSchema(Schema):
    """How many of the leads came at least to a stage, and what stands in it now."""

    stage = fields.String(attribute="step.stage.key")
    kind = fields.String(attribute="step.stage.kind")
    probability_percent = fields.Integer(attribute="step.stage.probability_percent")
    reached = fields.Integer(attribute="step.reached")
    of = fields.Integer(
        attribute="step.before",
        allow_none=True,
        metadata={"description": "How many came to the stage before: the denominator."},
    )
    conversion = fields.Decimal(as_string=True, allow_none=True, attribute="step.conversion")
    median_days = fields.Float(allow_none=True, attribute="step.days")
    cases = fields.Integer(
        attribute="step.cases",
        metadata={
            "description": "Deals that left the stage in the period, or stood there at its end."
        },
    )
    is_bottleneck = fields.Boolean(attribute="step.is_bottleneck")
    is_slowest = fields.Boolean(attribute="step.is_slowest")
    deals = fields.Integer(metadata={"description": "Open deals in it now."})
    amount_minor = fields.Integer()
    weighted_minor = fields.Integer()


class DealRowSchema(Schema):
    """A deal in the list; amounts in minor units of its currency.

    `base_amount_minor` is in the reporting currency, at the `rate` that was published on `rate_on`;
    null while there is none.
    """

    id = fields.String()
    code = fields.String(allow_none=True)
    title = fields.String()
    customer_id = fields.String(allow_none=True)
    customer_name = fields.String(allow_none=True)
    visit_id = fields.String(allow_none=True)
    owner_id = fields.String()
    owner_name = fields.String()
    source = fields.String()
    stage_key = fields.String()
    kind = fields.String()
    amount_minor = fields.Integer()
    currency = fields.String()
    base_amount_minor = fields.Integer(allow_none=True)
    rate = fields.String(attribute="rate_text", allow_none=True)
    rate_on = fields.Date(allow_none=True)
    lead_day = fields.Date(allow_none=True)
    opportunity_day = fields.Date(allow_none=True)
    closed_day = fields.Date(allow_none=True)
    expected_close_on = fields.Date(allow_none=True)
    voided_at = fields.DateTime(allow_none=True)


class DealPageSchema(PageSchema):
    """A page of the list."""

    rows = fields.List(fields.Nested(DealRowSchema))


class LineSchema(Schema):
    """A product on a deal."""

    product_name = fields.String()
    sku = fields.String()
    quantity = fields.Integer()
    unit_price_minor = fields.Integer()
    discount_minor = fields.Integer()
    amount_minor = fields.Integer()


class MoveSchema(Schema):
    """A step in a deal's history."""

    at = fields.DateTime()
    from_stage = fields.String(allow_none=True)
    to_stage = fields.String()
    rep_id = fields.String()


class DealDetailSchema(Schema):
    """A deal with its lines and history."""

    deal = fields.Nested(DealRowSchema)
    note = fields.String()
    lost_reason = fields.String()
    lines = fields.List(fields.Nested(LineSchema))
    moves = fields.List(fields.Nested(MoveSchema))
    version = fields.Integer()
    type_by_hand = fields.Enum(
        DealType,
        by_value=True,
        allow_none=True,
        metadata={"description": "What the sale was, as somebody said; null: it is worked out."},
    )


class KindOfSaleSchema(Schema):
    """What a won deal was to its customer; null: it is worked out again."""

    type = fields.Enum(DealType, by_value=True, required=True, allow_none=True)
    version = fields.Integer(
        required=True, strict=True, metadata={"description": "Of the deal, as it was read."}
    )


class ProbabilitySchema(Schema):
    """How likely a deal in a stage is won."""

    percent = fields.Integer(required=True, strict=True)


class StageSchema(Schema):
    """A step of the pipeline."""

    key = fields.String()
    name = fields.String()
    kind = fields.String()
    position = fields.Integer()
    probability_percent = fields.Integer()


class LostReasonSchema(Schema):
    """A reason for losing a deal."""

    key = fields.String(
        required=True, validate=[validate.Length(1, 40), validate.Regexp(r"[a-z0-9_]+\Z")]
    )
    name = fields.String(required=True, validate=validate.Length(1, 120))


class LeadSourceSchema(LostReasonSchema):
    """Where a lead may come from."""

    name = fields.String(required=True, validate=validate.Length(1, 60))
