"""What the products endpoint gives."""

from marshmallow import Schema, fields, validate

from shared.schemas.limits import MAX_MINOR


class ProductSchema(Schema):
    """A product with its list price in minor units of the reporting currency."""

    id = fields.String()
    sku = fields.String()
    name = fields.String()
    category = fields.String()
    unit = fields.String()
    price_minor = fields.Integer()
    prices = fields.Dict(keys=fields.String(), values=fields.Integer())
    """Minor units of other currencies, by their codes."""
    active = fields.Boolean()
    version = fields.Integer()


class PricesSchema(Schema):
    """A product's prices in other currencies, all of them, in minor units."""

    version = fields.Integer(required=True, strict=True)
    """That was read, so that nobody's change is overwritten."""
    prices = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.Integer(strict=True, validate=validate.Range(0, MAX_MINOR)),
    )
