"""What the endpoint of custom fields gives."""

from marshmallow import Schema, fields


class FieldChoiceSchema(Schema):
    """A value to choose from."""

    key = fields.String()
    name = fields.String()
    name_id = fields.String()
    """In Indonesian; empty: the same."""
    is_retired = fields.Boolean()
    """Offered no more; where it is the value, it stays."""


class FieldSchema(Schema):
    """A custom field; `custom_fields` of a customer hold its value by its key."""

    key = fields.String()
    kind = fields.String()
    """text, whole, decimal, day (YYYY-MM-DD), yes_no (true, false) or choice (a key of one)."""
    label = fields.String()
    label_id = fields.String()
    hint = fields.String()
    hint_id = fields.String()
    is_required = fields.Boolean()
    by_reps = fields.Boolean()
    choices = fields.List(fields.Nested(FieldChoiceSchema))
    is_retired = fields.Boolean()
    """Archived: its values stay and nobody is asked for them."""
