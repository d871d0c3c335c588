"""What the plan endpoints take and give."""

from marshmallow import Schema, fields, validate

from server.planning.operations.weeks import MOST_STOPS_A_DAY

_POSITION = validate.Range(0, MOST_STOPS_A_DAY)


class PlanStopSchema(Schema):
    """A stop; `visit_id` says that it was visited."""

    id = fields.String()
    sequence = fields.Integer()
    state = fields.String()
    cancel_reason = fields.String()
    customer_id = fields.String(attribute="outlet.id")
    customer_code = fields.String(attribute="outlet.code")
    customer_name = fields.String(attribute="outlet.name")
    customer_class = fields.String(attribute="outlet.customer_class")
    latitude = fields.Float(attribute="outlet.position.latitude", dump_default=None)
    longitude = fields.Float(attribute="outlet.position.longitude", dump_default=None)
    visit_id = fields.String(allow_none=True)


class CallSchema(Schema):
    """A visit that was not planned."""

    visit_id = fields.String()
    customer_id = fields.String()
    customer_name = fields.String()


class PlanDaySchema(Schema):
    """A day of the week; distance in metres from stop to stop, as the crow flies."""

    day = fields.Date()
    is_past = fields.Boolean()
    planned = fields.Integer()
    visited = fields.Integer()
    distance_m = fields.Float()
    stops = fields.List(fields.Nested(PlanStopSchema))
    unplanned = fields.List(fields.Nested(CallSchema))


class WeekSchema(Schema):
    """A rep's week. Send `version` back as `base` with a change."""

    rep_id = fields.String(attribute="rep.id")
    rep_name = fields.String(attribute="rep.name")
    version = fields.String()
    days = fields.List(fields.Nested(PlanDaySchema))


class RulesSchema(Schema):
    """How to plan: weeks between visits by class, ISO weekdays worked, most stops a day.

    What is not given is as it was kept.
    """

    weeks_between = fields.Dict(
        keys=fields.String(validate=validate.OneOf(["A", "B", "C"])),
        values=fields.Integer(validate=validate.Range(1, 52)),
        load_default=dict,
    )
    working_days = fields.List(
        fields.Integer(validate=validate.Range(1, 7)), validate=validate.Length(1, 7)
    )
    most_stops = fields.Integer(validate=validate.Range(1, 100))


class ArrangementDaySchema(Schema):
    """A day's customers in order."""

    day = fields.Date(required=True)
    customers = fields.List(
        fields.UUID(), required=True, validate=validate.Length(max=MOST_STOPS_A_DAY)
    )


class LeftOutSchema(Schema):
    """A customer that is due and found no place in the week."""

    customer_id = fields.String(attribute="id")
    customer_name = fields.String(attribute="name")


class ProposalSchema(Schema):
    """A week as it might be; send `days` and `version` (as `base`) to publish it."""

    version = fields.String()
    days = fields.List(fields.Nested(ArrangementDaySchema))
    left_out = fields.List(fields.Nested(LeftOutSchema))


class PublishSchema(Schema):
    """The days to be published; days not given stay as they are."""

    base = fields.String(required=True)
    days = fields.List(
        fields.Nested(ArrangementDaySchema), required=True, validate=validate.Length(1, 7)
    )


class BaseSchema(Schema):
    """The version of the week that a change was made from."""

    base = fields.String(required=True)


class NewStopSchema(BaseSchema):
    """A stop more; position counts from 0, without it comes last."""

    customer_id = fields.UUID(required=True)
    day = fields.Date(required=True)
    position = fields.Integer(validate=_POSITION)


class MoveStopSchema(BaseSchema):
    """Where a stop goes; position counts from 0, without it comes last."""

    day = fields.Date(required=True)
    position = fields.Integer(validate=_POSITION)


class CopySchema(BaseSchema):
    """Which week's stops to take: any day of it."""

    source = fields.Date(required=True)


class TeamPlanSchema(RulesSchema):
    """Which team, any day of the week, and how to plan."""

    team_id = fields.UUID(required=True)
    day = fields.Date(required=True)


class QueuedSchema(Schema):
    """The job that was asked for."""

    job_id = fields.String()
