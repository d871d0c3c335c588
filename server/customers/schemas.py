"""What the customers endpoints take and give."""

from marshmallow import Schema, fields, validate

from server.platform.paging import PageSchema
from shared.vocabulary import CustomerClass


class CustomerQuerySchema(Schema):
    """Which customers."""

    search = fields.String(validate=validate.Length(max=100), load_default="")
    owner = fields.UUID(load_default=None)
    customer_class = fields.Enum(CustomerClass, by_value=True, data_key="class", load_default=None)
    page = fields.Integer(validate=validate.Range(min=1), load_default=1)
    size = fields.Integer(validate=validate.Range(1, 500), load_default=50)


class CustomerRowSchema(Schema):
    """A customer in the list."""

    id = fields.String()
    code = fields.String()
    name = fields.String()
    customer_class = fields.String(data_key="class")
    contact_name = fields.String()
    phone = fields.String()
    address = fields.String()
    city = fields.String()
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    is_prospect = fields.Boolean()
    owner_id = fields.String(allow_none=True)
    owner_name = fields.String(allow_none=True)
    team_id = fields.String(allow_none=True)
    currency = fields.String()
    """That its orders are taken in; empty: the reporting one."""


class CustomerPageSchema(PageSchema):
    """A page of the list."""

    rows = fields.List(fields.Nested(CustomerRowSchema))
