"""What the calendar's endpoints take and give."""

from marshmallow import Schema, fields, validate

from server.calendar.operations import FIRST_YEAR, LAST_YEAR


class YearSchema(Schema):
    """Which year."""

    year = fields.Integer(required=True, validate=validate.Range(FIRST_YEAR, LAST_YEAR))


class HolidaySchema(Schema):
    """A day on which nobody works, and what it is called."""

    day = fields.Date(required=True)
    name = fields.String(required=True)
    own = fields.Boolean(
        dump_only=True, metadata={"description": "Entered by the company, not the country's."}
    )


class CalendarSchema(Schema):
    """The holidays of a year, and those that the company works on."""

    holidays = fields.List(fields.Nested(HolidaySchema))
    worked = fields.List(fields.Nested(HolidaySchema))
