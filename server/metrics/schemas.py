"""What the metrics endpoints take and give. Decimals travel as text, money in major units."""

import datetime as dt
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from webargs.fields import DelimitedList

from server.metrics.sql.frames import Compare
from server.metrics.sql.reach import By
from server.metrics.sql.rows import LATEST_FIRST
from server.platform.paging import PageQuerySchema
from server.web.catalogue import all_metrics
from shared.i18n import LANGUAGES
from shared.metrics.definition import Direction, Family, Part, Status
from shared.metrics.formula import Unit
from shared.metrics.measures import Dimension
from shared.time import Grain, Period
from shared.vocabulary import CustomerClass

FIRST_DAY = dt.date(1970, 1, 1)
LAST_DAY = dt.date(2200, 1, 1)
MOST_POINTS = 400
MOST_DAYS = 3650
MOST_YEARS = 10


class DecimalText(fields.Field[Decimal]):
    """A decimal number as text, never in scientific notation."""

    def _serialize(self, value: Decimal | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else format(value, "f")


def _check_period(data: dict[str, Any]) -> None:
    if not FIRST_DAY <= data["start"] < data["end"] <= LAST_DAY:
        raise ValidationError(f"A period ends after it starts, until {LAST_DAY}.", "to")


def _language() -> fields.Field[str]:
    return fields.String(
        validate=validate.OneOf(LANGUAGES),
        metadata={"description": "`en` or `id`; otherwise that of the request."},
    )


class CatalogQuerySchema(Schema):
    """In which language."""

    lang = _language()


class ValuesQuerySchema(Schema):
    """Which metrics, for which days, for whom. `from` is the first day, `to` the one after all."""

    metrics = DelimitedList(fields.String(), metadata={"description": "Keys; all where left out."})
    start = fields.Date(data_key="from", required=True)
    end = fields.Date(data_key="to", required=True)
    team = fields.UUID(metadata={"description": "With all teams below it."})
    rep = fields.UUID()
    source = fields.String(
        validate=validate.Length(1, 60), metadata={"description": "Where the lead came from."}
    )
    customer_class = fields.Enum(
        CustomerClass,
        by_value=True,
        data_key="class",
        metadata={"description": "The class the customer had on the day."},
    )
    within_days = fields.Integer(
        validate=validate.Range(1, MOST_DAYS),
        metadata={
            "description": "Of rates of cohorts: only what becomes of a lead or an opportunity in "
            "so many days. Others are refused."
        },
    )
    compare = fields.Enum(Compare, by_value=True, load_default=Compare.PREVIOUS)
    by = fields.Enum(By, by_value=True)
    series = fields.Enum(Grain, by_value=True)
    lang = _language()

    @validates_schema
    def _check(self, data: dict[str, Any], **_: Any) -> None:
        unknown = [key for key in data.get("metrics", ()) if key not in all_metrics()]
        if unknown:
            raise ValidationError(f"There is no metric {', '.join(unknown)}.", "metrics")
        _check_period(data)
        series = data.get("series")
        if series and len(Period(data["start"], data["end"]).split(series)) > MOST_POINTS:
            raise ValidationError(f"A series has at most {MOST_POINTS} points.", "series")


class RowsQuerySchema(PageQuerySchema):
    """Which part of the number, for which days, for whom."""

    start = fields.Date(data_key="from", required=True)
    end = fields.Date(data_key="to", required=True)
    team = fields.UUID(metadata={"description": "With all teams below it."})
    rep = fields.UUID()
    part = fields.Enum(Part, by_value=True, load_default=Part.NUMERATOR)
    source = fields.String(
        validate=validate.Length(1, 60), metadata={"description": "Where the lead came from."}
    )
    customer_class = fields.Enum(
        CustomerClass,
        by_value=True,
        data_key="class",
        metadata={"description": "The class the customer had on the day."},
    )
    within_days = fields.Integer(
        validate=validate.Range(1, MOST_DAYS),
        metadata={
            "description": "Of rates of cohorts: only what becomes of a lead or an opportunity in "
            "so many days. Others are refused."
        },
    )
    compare = fields.Enum(Compare, by_value=True, load_default=Compare.PREVIOUS)
    waiting = fields.Boolean(
        load_default=False,
        metadata={"description": "Only rows that wait for an exchange rate, where there are any."},
    )
    sort = fields.String(
        validate=validate.OneOf(
            [f"{sign}{key}" for key in ("day", "rep", "customer", "amount") for sign in ("", "-")]
        ),
        load_default=LATEST_FIRST,
        metadata={"description": "With a minus, the largest first."},
    )
    lang = _language()

    @validates_schema
    def _check(self, data: dict[str, Any], **_: Any) -> None:
        _check_period(data)


class ThresholdsSchema(Schema):
    """Where a value is good, at risk or bad; meant as defaults."""

    target = DecimalText(allow_none=True)
    at_risk = DecimalText(allow_none=True)
    from_denominator = fields.Integer()


class MetricSchema(Schema):
    """A definition. A percent value is a share: 0.75 is 75%. A clock value is in seconds."""

    key = fields.String()
    name = fields.String()
    description = fields.String()
    formula = fields.String()
    family = fields.Enum(Family, by_value=True)
    unit = fields.Enum(Unit, by_value=True)
    direction = fields.Enum(Direction, by_value=True)
    thresholds = fields.Nested(ThresholdsSchema)
    variant_of = fields.String(allow_none=True)
    known_by = fields.List(
        fields.Enum(Dimension, by_value=True),
        metadata={"description": "What else it can be narrowed to or told apart by."},
    )
    version = fields.Integer()


class ValueSchema(Schema):
    """A value, or none and the reason."""

    key = fields.String()
    unit = fields.Enum(Unit, by_value=True)
    version = fields.Integer()
    value = DecimalText(allow_none=True)
    reason = fields.String(allow_none=True)
    reason_text = fields.String(allow_none=True)
    numerator = DecimalText(allow_none=True)
    denominator = DecimalText(allow_none=True)
    immature = fields.Boolean()
    capped = fields.Boolean(
        metadata={"description": "A part of it would be larger but for the formula's limit."}
    )


class ComparedValueSchema(ValueSchema):
    """A value, how it stands, and the one it is compared with."""

    status = fields.Enum(Status, by_value=True, allow_none=True)
    previous = DecimalText(allow_none=True)
    difference = DecimalText(allow_none=True)
    change = DecimalText(allow_none=True)


class PeriodSchema(Schema):
    """Days: `from` is the first, `to` the one after the last."""

    start = fields.Date(data_key="from")
    end = fields.Date(data_key="to")


class PointSchema(Schema):
    """One piece of a series."""

    period = fields.Nested(PeriodSchema)
    values = fields.List(fields.Nested(ValueSchema))


class GroupSchema(Schema):
    """The values of one rep or team."""

    id = fields.String()
    name = fields.String()
    values = fields.List(fields.Nested(ComparedValueSchema))
    series = fields.List(fields.Nested(PointSchema))


class ValuesSchema(Schema):
    """The answer: all together, and each rep or team where asked for."""

    period = fields.Nested(PeriodSchema)
    elapsed = fields.Nested(PeriodSchema)
    compared_with = fields.Nested(PeriodSchema)
    currency = fields.String()
    as_of = fields.DateTime()
    stale = fields.Boolean(metadata={"description": "Whether days are still being counted."})
    stale_days = fields.Integer()
    phones_not_synced = fields.Integer()
    phones_not_synced_since = fields.DateTime()
    values = fields.List(fields.Nested(ComparedValueSchema))
    series = fields.List(fields.Nested(PointSchema))
    groups = fields.List(fields.Nested(GroupSchema))


class MeasuredSchema(Schema):
    """A measure of the part, and the rows that add up to it."""

    slot = fields.String(metadata={"description": "As in the rows; `@previous` is another period."})
    name = fields.String()
    unit = fields.Enum(Unit, by_value=True)
    period = fields.Nested(PeriodSchema)
    rows = fields.Integer()
    total = DecimalText(
        allow_none=True,
        metadata={
            "description": "What the amounts of the rows add up to; of a median the middle one, of "
            "a first time the earliest, of a last one the latest."
        },
    )


class RowSchema(Schema):
    """What is counted, for whom and which day it counts, and what it adds to the measure.

    Of what is worked out once for a rep's day, a row is that day, and its id the rep's. A cost may
    be of a team, or of the company, and of no rep. Of customers that count once, a row is the
    customer, its rep and day those of the last visit or order, or of the last day with a rep; of
    active reps it is the rep, who adds as much of one as there was working time in the period. A
    target is of a month, and adds what counts in the period.
    """

    slot = fields.String()
    kind = fields.String(
        validate=validate.OneOf(
            ["visit", "deal", "stop", "expense", "cost", "day", "customer", "rep", "target"]
        )
    )
    id = fields.String()
    href = fields.String(
        allow_none=True,
        metadata={"description": "Null of a customer that the caller sees no more."},
    )
    day = fields.Date()
    rep_id = fields.String(allow_none=True)
    rep_name = fields.String(allow_none=True)
    team_id = fields.String(allow_none=True)
    team_name = fields.String(allow_none=True)
    customer_id = fields.String(allow_none=True)
    customer_name = fields.String(allow_none=True)
    amount = DecimalText()
    first_day = fields.Date(
        allow_none=True, metadata={"description": "Of a customer or a rep that counts once."}
    )
    events = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Of a customer that counts once: how many visits or orders; of a rep: "
            "how many days."
        },
    )
    own_amount = DecimalText(
        allow_none=True,
        metadata={"description": "Of a deal, an expense or a cost in another currency, as it was."},
    )
    own_currency = fields.String(allow_none=True)
    missing_rate_on = fields.Date(
        allow_none=True,
        metadata={"description": "Of a row that waits: the day whose exchange rate is missing."},
    )


class RowsSchema(Schema):
    """A page of the rows behind a number, latest first."""

    metric = fields.String()
    version = fields.Integer()
    part = fields.Enum(Part, by_value=True)
    currency = fields.String()
    measures = fields.List(fields.Nested(MeasuredSchema))
    rows = fields.List(fields.Nested(RowSchema))
    page = fields.Integer()
    pages = fields.Integer()
    total = fields.Integer()


class KilometreRateSchema(Schema):
    """What a kilometre costs from a day on, in minor units of the reporting currency."""

    start_on = fields.Date(
        data_key="from", required=True, validate=validate.Range(FIRST_DAY, LAST_DAY)
    )
    rate_minor = fields.Integer(required=True, strict=True)


class RampSchema(Schema):
    """What percentage of a full target who joins from a day on has in each of the first months."""

    start_on = fields.Date(
        data_key="from", required=True, validate=validate.Range(FIRST_DAY, LAST_DAY)
    )
    percents = fields.List(fields.Integer(strict=True), required=True)


class WorkingTimeSchema(Schema):
    """What percentage of full time a person works from a day on; 0 is from leaving on."""

    start_on = fields.Date(
        data_key="from", required=True, validate=validate.Range(FIRST_DAY, LAST_DAY)
    )
    percent = fields.Integer(required=True, strict=True, allow_none=True)


class TargetsQuerySchema(Schema):
    """Which number, and of which months: `from` is in the first, `to` after the last."""

    metric = fields.String(load_default="revenue")
    start = fields.Date(data_key="from", required=True)
    end = fields.Date(data_key="to", required=True)

    @validates_schema
    def _check(self, data: dict[str, Any], **_: Any) -> None:
        _check_metric(data)
        _check_period(data)
        if data["end"].year - data["start"].year > MOST_YEARS:
            raise ValidationError(f"At most {MOST_YEARS} years.", "to")


class TargetSchema(Schema):
    """What a rep, or a team as a whole, is to reach in a month; in minor units for money."""

    rep = fields.UUID()
    team = fields.UUID()
    month = fields.Date(required=True, validate=validate.Range(FIRST_DAY, LAST_DAY))
    amount = fields.Integer(
        required=True,
        strict=True,
        allow_none=True,
        metadata={"description": "null takes the target away."},
    )
    counted = fields.Integer(
        dump_only=True,
        metadata={"description": "What counts of it: by ramp, working time, days of the rep."},
    )


class TargetChangeSchema(TargetSchema):
    """A target as it is to be, and the amount that it replaces."""

    metric = fields.String(load_default="revenue")
    seen = fields.Integer(
        required=True,
        strict=True,
        allow_none=True,
        metadata={"description": "The amount it replaces; null where there was none."},
    )

    @validates_schema
    def _check(self, data: dict[str, Any], **_: Any) -> None:
        _check_metric(data)
        if ("rep" in data) == ("team" in data):
            raise ValidationError("Either a rep or a team.", "rep")
        if data["month"].day != 1:
            raise ValidationError("The first day of a month.", "month")


def _check_metric(data: dict[str, Any]) -> None:
    if data["metric"] not in all_metrics():
        raise ValidationError(f"There is no metric {data['metric']}.", "metric")
