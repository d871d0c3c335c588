"""The period that a list can be asked for in the query of an endpoint."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema


class PeriodQuerySchema(Schema):
    """Which days: `start` is the first one, `end` the one after all; or neither for all of them."""

    start = fields.Date()
    end = fields.Date()

    @validates_schema
    def _check_period(self, data: dict[str, Any], **_: Any) -> None:
        if ("start" in data) != ("end" in data):
            raise ValidationError("Give both ends of the period, or neither.", "end")
        if "start" in data and data["end"] < data["start"]:
            raise ValidationError("The period ends before it starts.", "end")
