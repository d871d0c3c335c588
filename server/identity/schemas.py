"""What the sign-in endpoints take and give."""

from marshmallow import Schema, fields, validate

SHORTEST_PASSWORD = 10


class SignInSchema(Schema):
    """Name and password."""

    user = fields.String(required=True, validate=validate.Length(1, 80))
    password = fields.String(required=True, validate=validate.Length(1, 500))


class WhoSchema(Schema):
    """Who is signed in."""

    id = fields.String()
    code = fields.String()
    name = fields.String()
    role = fields.String()
    language = fields.String()
