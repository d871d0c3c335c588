"""What the re-judgement endpoints take and give."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from server.rejudgements.operations import LONGEST_REASON


class PeriodSchema(Schema):
    """Which check-ins. `from` is the first day, `to` the day after the last."""

    start = fields.Date(data_key="from", required=True)
    end = fields.Date(data_key="to", required=True)

    @validates_schema
    def _period(self, data: dict[str, Any], **_: Any) -> None:
        if data["end"] < data["start"]:
            raise ValidationError("The period ends before it starts.", "to")


class RejudgeSchema(PeriodSchema):
    """The order to judge again, by somebody who has seen the preview."""

    reason = fields.String(required=True, validate=validate.Length(max=LONGEST_REASON))
    seen = fields.String(required=True, validate=validate.Length(max=64))


class UndoSchema(Schema):
    """Why a re-judgement is taken back."""

    reason = fields.String(required=True, validate=validate.Length(max=LONGEST_REASON))


class CountSchema(Schema):
    """How many check-ins go from one verdict to another; or keep theirs."""

    before = fields.String(allow_none=True)
    after = fields.String()
    check_ins = fields.Integer()


class PreviewSchema(Schema):
    """What a re-judgement would do; `seen` goes back with the order to do it."""

    latitude = fields.Float()
    longitude = fields.Float()
    radius_m = fields.Float()
    location_version = fields.Integer()
    judged = fields.Integer()
    changing = fields.Integer()
    counts = fields.List(fields.Nested(CountSchema))
    seen = fields.String()


class RejudgementSchema(Schema):
    """A re-judgement that was done."""

    id = fields.String()
    start_on = fields.Date(data_key="from")
    end_on = fields.Date(data_key="to")
    radius_m = fields.Integer()
    location_version = fields.Integer()
    reason = fields.String()
    judged = fields.Integer()
    changed = fields.Integer()
    decided_at = fields.DateTime()
    decider_name = fields.String()
    undone_at = fields.DateTime(allow_none=True)
    undo_reason = fields.String()
    undoer_name = fields.String(allow_none=True)
