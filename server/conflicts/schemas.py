"""What the endpoint of conflicts takes and gives."""

from marshmallow import Schema, fields, validate

from server.conflicts.queries import NOT_TAKEN
from server.platform.paging import PageQuerySchema, PageSchema
from shared.i18n import N_

RECORDS = {
    "visit": N_("Visit"),
    "check_in": N_("Check-in"),
    "check_out": N_("Check-out"),
    "deal": N_("Deal"),
    "customer": N_("Customer"),
    "task": N_("Task"),
    "expense": N_("Expense"),
    "stop": N_("Stop"),
    "photo": N_("Photo"),
    "track": N_("Route"),
    "start_day": N_("Start of day"),
    "end_day": N_("End of day"),
    "consent": N_("Consent"),
    "signal": N_("Signal"),
}


class ConflictQuerySchema(PageQuerySchema):
    """Which of them."""

    open = fields.Boolean()
    status = fields.String(validate=validate.OneOf([str(status) for status in NOT_TAKEN]))
    entity = fields.String(validate=validate.OneOf(list(RECORDS)))
    rep = fields.UUID()
    team = fields.UUID()
    search = fields.String(load_default="", validate=validate.Length(max=100))


class ConflictRowSchema(Schema):
    """A change of a phone that was not taken as sent."""

    device_id = fields.String()
    sequence = fields.Integer()
    device_name = fields.String()
    rep_id = fields.String()
    rep_name = fields.String()
    entity = fields.String()
    record_id = fields.String()
    about = fields.String()
    about_day = fields.Date(allow_none=True)
    status = fields.String()
    code = fields.String()
    field = fields.String()
    received_at = fields.DateTime()
    captured_at = fields.DateTime(allow_none=True)
    mine = fields.Dict()
    theirs = fields.Dict()
    is_open = fields.Boolean()
    is_changed_since = fields.Boolean()
    solved_at = fields.DateTime(allow_none=True)
    solver_name = fields.String(allow_none=True)


class ConflictPageSchema(PageSchema):
    """A page of the list."""

    rows = fields.List(fields.Nested(ConflictRowSchema))
