"""What the products endpoint gives."""

from marshmallow import Schema, fields


class ProductSchema(Schema):
    """A product with its list price in minor units of the reporting currency."""

    id = fields.String()
    sku = fields.String()
    name = fields.String()
    category = fields.String()
    unit = fields.String()
    price_minor = fields.Integer()
    active = fields.Boolean()
