"""What the import endpoints take and give."""

from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate


class ImportFormSchema(Schema):
    """Which mapping, and whether to write."""

    mapping = fields.String(
        validate=validate.Length(1, 80),
        load_default="",
        metadata={"description": "Name of a mapping that comes with Tapak."},
    )
    dry_run = fields.Boolean(load_default=False)


class ImportFilesSchema(Schema):
    """The CSV files, under the names the mapping gives them; and a mapping of one's own."""

    files = fields.List(Upload(), required=True, validate=validate.Length(min=1))
    mapping_file = Upload(load_default=None)


class StepCountsSchema(Schema):
    """What came of the rows of one file."""

    entity = fields.String()
    file = fields.String()
    created = fields.Integer()
    updated = fields.Integer()
    unchanged = fields.Integer()
    refused = fields.Integer()


class ImportRunSchema(Schema):
    """A run."""

    id = fields.String()
    mapping = fields.String()
    dry_run = fields.Boolean()
    state = fields.String()
    asked_at = fields.AwareDateTime()
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)
    rows_done = fields.Integer()
    steps = fields.List(fields.Nested(StepCountsSchema), attribute="counts")
    failure = fields.String()


class ImportProblemSchema(Schema):
    """A refused row."""

    file = fields.String()
    line = fields.Integer()
    column = fields.String()
    code = fields.String()
    reason = fields.String()
    value = fields.String()


class MappingSchema(Schema):
    """A mapping that comes with Tapak."""

    name = fields.String()
    description = fields.String()
    files = fields.List(fields.String())
