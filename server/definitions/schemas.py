"""What the endpoints of own KPIs take and give."""

from marshmallow import Schema, fields, validate

from server.web.quantities import UNIT_NAMES
from shared.metrics.definition import Direction, Family
from shared.metrics.formula import Unit
from shared.metrics.parsing import LONGEST

UNITS = tuple(UNIT_NAMES)
_LARGEST = 10**15


class DefinitionSchema(Schema):
    """A KPI as a person defines it. `target` is a decimal number as text."""

    name = fields.String(required=True, validate=validate.Length(1, 80))
    name_id = fields.String(load_default="", validate=validate.Length(max=80))
    description = fields.String(load_default="", validate=validate.Length(max=1000))
    formula = fields.String(required=True, validate=validate.Length(1, LONGEST))
    unit = fields.Enum(Unit, by_value=True, required=True, validate=validate.OneOf(UNITS))
    family = fields.Enum(Family, by_value=True, load_default=Family.KPI)
    direction = fields.Enum(Direction, by_value=True, load_default=Direction.HIGHER_IS_BETTER)
    target = fields.Decimal(
        allow_none=True,
        load_default=None,
        as_string=True,
        places=6,
        # Inside And, or the document gives the bounds as text too, which is no OpenAPI.
        validate=validate.And(validate.Range(-_LARGEST, _LARGEST)),
    )


class ChangeSchema(DefinitionSchema):
    """A change of what was looked at."""

    edition = fields.Integer(required=True)


class EditionSchema(Schema):
    """What was looked at."""

    edition = fields.Integer(required=True)


class OwnMetricSchema(Schema):
    """An own KPI."""

    key = fields.String()
    name = fields.String()
    name_id = fields.String()
    description = fields.String()
    formula = fields.String()
    unit = fields.String()
    family = fields.String()
    direction = fields.String()
    target = fields.String(allow_none=True)
    version = fields.Integer()
    edition = fields.Integer()
    changed_at = fields.AwareDateTime()
    archived_at = fields.AwareDateTime(allow_none=True)
