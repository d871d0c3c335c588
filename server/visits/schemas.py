"""What the visits endpoints take and give."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from server.platform.paging import PageQuerySchema, PageSchema
from shared.vocabulary import TimeTrust, Verdict, VisitState


class VisitQuerySchema(PageQuerySchema):
    """Which visits. `from` is the first day, `to` the day after the last."""

    start = fields.Date(data_key="from")
    end = fields.Date(data_key="to")
    rep = fields.UUID()
    team = fields.UUID()
    customer = fields.UUID()
    verdict = fields.Enum(Verdict, by_value=True)
    time_trust = fields.Enum(TimeTrust, by_value=True)
    state = fields.Enum(VisitState, by_value=True)
    planned = fields.Boolean()
    search = fields.String(validate=validate.Length(max=100), load_default="")

    @validates_schema
    def _period(self, data: dict[str, Any], **_: Any) -> None:
        if ("start" in data) != ("end" in data):
            raise ValidationError("Give both ends of the period, or neither.", "to")
        if "start" in data and data["end"] < data["start"]:
            raise ValidationError("The period ends before it starts.", "to")


class VisitRowSchema(Schema):
    """A visit in the list."""

    id = fields.String()
    day = fields.Date()
    time_zone = fields.String()
    rep_id = fields.String()
    rep_name = fields.String()
    team_id = fields.String(allow_none=True)
    team_name = fields.String(allow_none=True)
    customer_id = fields.String()
    customer_name = fields.String()
    customer_code = fields.String()
    planned = fields.Boolean()
    state = fields.String()
    started_at = fields.DateTime(allow_none=True)
    ended_at = fields.DateTime(allow_none=True)
    duration_s = fields.Integer(allow_none=True)
    verdict = fields.String(allow_none=True)
    verdict_reason = fields.String()
    distance_m = fields.Float(allow_none=True)
    time_trust = fields.String(allow_none=True)
    no_sale_reason = fields.String(allow_none=True)
    form_answers = fields.Dict(keys=fields.String())
    """By the id of the question's version, as the endpoint of the visit form lists them."""


class VisitPageSchema(PageSchema):
    """A page of the list."""

    rows = fields.List(fields.Nested(VisitRowSchema))


class EvidenceSchema(Schema):
    """A check-in or check-out as it was recorded and judged."""

    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    accuracy_m = fields.Float(allow_none=True)
    provider = fields.String()
    fix_age_s = fields.Float(allow_none=True)
    is_mock = fields.Boolean()
    sample_count = fields.Integer()
    fence_latitude = fields.Float(allow_none=True)
    fence_longitude = fields.Float(allow_none=True)
    fence_radius_m = fields.Integer(allow_none=True)
    captured_at = fields.DateTime()
    wall_at = fields.DateTime()
    received_at = fields.DateTime()
    time_zone = fields.String()
    time_trust = fields.String()
    time_flags = fields.List(fields.String())
    verdict = fields.String()
    verdict_reason = fields.String()
    phone_verdict = fields.String(allow_none=True)
    distance_m = fields.Float(allow_none=True)
    probability_inside = fields.Float(allow_none=True)
    battery_percent = fields.Integer(allow_none=True)
    was_offline = fields.Boolean()
    app_version = fields.String()


class VisitDetailSchema(Schema):
    """A visit with its evidence."""

    visit = fields.Nested(VisitRowSchema)
    notes = fields.String()
    cancel_reason = fields.String()
    auto_closed = fields.Boolean()
    customer_address = fields.String()
    customer_latitude = fields.Float(allow_none=True)
    customer_longitude = fields.Float(allow_none=True)
    check_in = fields.Nested(EvidenceSchema, allow_none=True)
    check_out = fields.Nested(EvidenceSchema, allow_none=True)
