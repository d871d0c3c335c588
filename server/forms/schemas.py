"""What the endpoint of the visit form gives."""

from marshmallow import Schema, fields


class OptionSchema(Schema):
    """An answer to choose from."""

    key = fields.String()
    name = fields.String()


class QuestionSchema(Schema):
    """One version of a question; `form_answers` of a visit name it by its id."""

    id = fields.String(attribute="question.id")
    key = fields.String(attribute="question.key")
    number = fields.Integer()
    position = fields.Integer(attribute="question.position")
    kind = fields.String(attribute="question.kind")
    text = fields.String(attribute="question.text")
    is_required = fields.Boolean(attribute="question.is_required")
    is_whole = fields.Boolean(attribute="question.is_whole")
    low = fields.Float(attribute="question.low", allow_none=True)
    high = fields.Float(attribute="question.high", allow_none=True)
    options = fields.List(fields.Nested(OptionSchema), attribute="question.options")
    classes = fields.List(fields.String(), attribute="question.classes")
    categories = fields.List(fields.String(), attribute="question.categories")
    created_at = fields.DateTime()
    retired_at = fields.DateTime(allow_none=True)
