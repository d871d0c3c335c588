"""What the endpoints of exchange rates take and give."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from server.platform.paging import PageQuerySchema, PageSchema
from server.platform.period_query import PeriodQuerySchema


class RateQuerySchema(PageQuerySchema, PeriodQuerySchema):
    """Which rates, and which page of them. `start` is the first day, `end` the one after all."""

    currency = fields.String(validate=validate.Length(equal=3))


class RateCorrectionSchema(Schema):
    """What a rate is to be, and the version it was made from."""

    version = fields.Integer(required=True, strict=True)
    rate = fields.Decimal(
        required=True,
        as_string=True,
        metadata={
            "description": "Units of the reporting currency for one unit, as text: exact to ten "
            "decimals."
        },
    )
    source = fields.String(load_default="")
    confirmed = fields.Boolean(
        load_default=False,
        metadata={"description": "It is right although it is far from the rates around it."},
    )


class RateEntrySchema(RateCorrectionSchema):
    """A rate to be entered."""

    class Meta:
        """The first version is made from none."""

        exclude = ("version",)

    currency = fields.String(required=True, metadata={"description": "ISO 4217 code."})
    day = fields.Date(required=True)


class RateRowSchema(Schema):
    """A rate: units of the reporting currency for one unit, as text."""

    id = fields.String()
    version = fields.Integer()
    currency = fields.String()
    day = fields.Date()
    rate = fields.String(attribute="rate_text")
    source = fields.String()
    entered_by = fields.String(allow_none=True)
    entered_at = fields.DateTime()


class EnteredRateSchema(RateRowSchema):
    """The rate that was entered."""

    amounts = fields.Integer(
        metadata={"description": "Amounts that waited for it, or stood at an older one."}
    )


class RatePageSchema(PageSchema):
    """A page of the list."""

    rows = fields.List(fields.Nested(RateRowSchema))


class ConversionSchema(Schema):
    """Which amounts to convert anew: `start` is the first day, `end` the one after all."""

    start = fields.Date(required=True)
    end = fields.Date(required=True)
    currency = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(equal=3),
        metadata={"description": "Only amounts in this one; by default in all."},
    )

    @validates_schema
    def _check_period(self, data: dict[str, Any], **_: Any) -> None:
        if data["end"] <= data["start"]:
            raise ValidationError("The period ends before it starts.", "end")


class UndoneSchema(Schema):
    """How many amounts stand again where they stood."""

    amounts = fields.Integer()


class RateUseSchema(Schema):
    """Amounts of one kind that stand at a rate; minor units of the reporting currency."""

    kind = fields.String(validate=validate.OneOf(["deal", "cost", "expense"]))
    amounts = fields.Integer()
    worth_minor = fields.Integer()
    moving = fields.Integer()
    """Those that a conversion would move, as the rate was corrected since."""
    moving_minor = fields.Integer()
    moved_minor = fields.Integer()
    """What they would be worth."""


class ConversionRowSchema(Schema):
    """An order to convert amounts again."""

    id = fields.String()
    at = fields.AwareDateTime()
    ordered_by = fields.String(allow_none=True)
    currency = fields.String(allow_none=True)
    """None: all."""
    first = fields.Date()
    last = fields.Date()
    amounts = fields.Integer()
    undone_at = fields.AwareDateTime(allow_none=True)


class ConvertedSchema(Schema):
    """How many amounts were put into the reporting currency anew."""

    amounts = fields.Integer()
    conversion_id = fields.String(
        allow_none=True, metadata={"description": "To undo it; null where no amount moved."}
    )
