"""What the tasks endpoints take and give."""

from marshmallow import Schema, fields, validate

from server.platform.paging import PageQuerySchema, PageSchema
from server.tasks.queries import Due
from shared.schemas.task import LONGEST_NOTE, LONGEST_TITLE
from shared.vocabulary import TaskState


class TaskQuerySchema(PageQuerySchema):
    """Which tasks."""

    closed = fields.Boolean()
    state = fields.Enum(TaskState, by_value=True)
    due = fields.Enum(Due, by_value=True)
    rep = fields.UUID()
    team = fields.UUID()
    customer = fields.UUID()
    visit = fields.UUID()
    search = fields.String(load_default="", validate=validate.Length(max=100))


class TaskRowSchema(Schema):
    """A task."""

    id = fields.String()
    version = fields.Integer()
    title = fields.String()
    note = fields.String()
    rep_id = fields.String()
    rep_name = fields.String()
    customer_id = fields.String(allow_none=True)
    customer_name = fields.String(allow_none=True)
    visit_id = fields.String(allow_none=True)
    due_on = fields.Date(allow_none=True)
    state = fields.Enum(TaskState, by_value=True)
    created_by = fields.String()
    creator_name = fields.String()
    created_at = fields.DateTime()
    finished_at = fields.DateTime(allow_none=True)


class TaskPageSchema(PageSchema):
    """A page of the list."""

    rows = fields.List(fields.Nested(TaskRowSchema))


class NewTaskSchema(Schema):
    """A task for oneself, or for a rep one leads."""

    title = fields.String(required=True, validate=validate.Length(1, LONGEST_TITLE))
    note = fields.String(load_default="", validate=validate.Length(max=LONGEST_NOTE))
    rep = fields.UUID()
    """Without it: the caller."""
    customer = fields.UUID(allow_none=True)
    visit = fields.UUID(allow_none=True)
    due_on = fields.Date(allow_none=True)


class TaskChangeSchema(Schema):
    """What changes. With `version` it is refused if somebody changed the task since."""

    version = fields.Integer()
    title = fields.String(validate=validate.Length(1, LONGEST_TITLE))
    note = fields.String(validate=validate.Length(max=LONGEST_NOTE))
    rep = fields.UUID()
    due_on = fields.Date(allow_none=True)
    state = fields.Enum(TaskState, by_value=True)
