"""What the teams endpoints give."""

from marshmallow import Schema, fields


class TeamSchema(Schema):
    """A team; `parent_id` names the one above it."""

    id = fields.String()
    name = fields.String()
    parent_id = fields.String(allow_none=True)


class RepSchema(Schema):
    """A rep with today's team."""

    id = fields.String()
    code = fields.String()
    name = fields.String()
    team_id = fields.String(allow_none=True)
