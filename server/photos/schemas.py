"""What the endpoint of photos takes and gives."""

from marshmallow import Schema, fields


class PhotoQuerySchema(Schema):
    """Whose photos."""

    visit = fields.UUID(required=True)


class PhotoRowSchema(Schema):
    """A photo of a visit."""

    id = fields.String()
    visit_id = fields.String()
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
