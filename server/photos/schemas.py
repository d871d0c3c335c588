"""What the endpoint of photos takes and gives."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema


class PhotoQuerySchema(Schema):
    """Whose photos: those of a visit, or the receipts of an expense."""

    visit = fields.UUID()
    expense = fields.UUID()

    @validates_schema
    def _one(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ValidationError("Name a visit or an expense.", "visit")


class PhotoRowSchema(Schema):
    """A photo of a visit or of an expense."""

    id = fields.String()
    visit_id = fields.String(allow_none=True)
    expense_id = fields.String(allow_none=True)
    sha256 = fields.String()
    size_bytes = fields.Integer()
    width_px = fields.Integer()
    height_px = fields.Integer()
    purpose = fields.String()
    taken_at = fields.DateTime()
    wall_at = fields.DateTime()
    received_at = fields.DateTime()
    time_zone = fields.String()
    time_trust = fields.String()
    time_flags = fields.List(fields.String())
    state = fields.String()
    refusal = fields.String()
    withdrawn_at = fields.DateTime(allow_none=True)
    is_on_another = fields.Boolean()
    """Whether the same picture is a receipt of another expense."""
