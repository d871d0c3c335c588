"""What the endpoints take that enter customers and put them away."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.vocabulary import CustomerClass

_MOST_APART = 50


class NewCustomerSchema(Schema):
    """A customer to be entered; the limits of its fields are those of the form."""

    name = fields.String(required=True)
    code = fields.String(
        load_default="",
        validate=validate.Regexp(r"[^\0]{0,80}\Z"),
        metadata={"description": "Its key in imports; left out: one is made."},
    )
    customer_class = fields.Enum(
        CustomerClass, by_value=True, data_key="class", load_default=CustomerClass.C
    )
    sector = fields.String(load_default="")
    contact_name = fields.String(load_default="")
    phone = fields.String(load_default="")
    email = fields.String(load_default="")
    address = fields.String(load_default="")
    city = fields.String(load_default="")
    notes = fields.String(load_default="")
    currency = fields.String(load_default="")
    radius_m = fields.Integer(load_default=None, allow_none=True, strict=True)
    latitude = fields.Float(load_default=None, allow_none=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(load_default=None, allow_none=True, validate=validate.Range(-180, 180))
    rep_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "Who has it from today on; only an administrator leaves it out."},
    )
    custom_fields = fields.Dict(
        keys=fields.String(),
        values=fields.Raw(allow_none=True),
        load_default=dict,
        metadata={"description": "Values by the key of their field."},
    )
    apart = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=_MOST_APART),
        metadata={"description": "Customers that look like it and are known to be others."},
    )

    @validates_schema
    def _check_point(self, data: dict[str, Any], **_: Any) -> None:
        latitude, longitude = data.get("latitude"), data.get("longitude")
        if (latitude is None) != (longitude is None):
            raise ValidationError("Give both, or neither.", "longitude")
        if latitude == longitude == 0:
            raise ValidationError("There is nobody.", "latitude")


class ReopeningSchema(Schema):
    """Whose a customer is that is opened again."""

    rep = fields.UUID(
        load_default=None, metadata={"description": "Left out: the one who had it last."}
    )
