"""What the data-quality endpoints take and give."""

from marshmallow import Schema, fields, validates_schema
from marshmallow.exceptions import ValidationError

from server.platform.paging import PageQuerySchema, PageSchema


class QualityQuerySchema(Schema):
    """Which days of deals and visits: `[from, to)`."""

    start = fields.Date(data_key="from", required=True)
    end = fields.Date(data_key="to", required=True)

    @validates_schema
    def _follow_each_other(self, data: dict[str, object], **_: object) -> None:
        if data["start"] >= data["end"]:  # type: ignore[operator]
            raise ValidationError("ends before it starts", "to")


class QualityRowsQuerySchema(PageQuerySchema, QualityQuerySchema):
    """Which page of them."""


class FindingSchema(Schema):
    """A check and how many rows it found."""

    key = fields.String()
    kind = fields.String()
    name = fields.String()
    effect = fields.String()
    rows = fields.Integer()


class QualityRowSchema(Schema):
    """A row to look at."""

    id = fields.String()
    label = fields.String(allow_none=True)
    detail = fields.String(allow_none=True)
    day = fields.Date(allow_none=True)
    rep_name = fields.String(allow_none=True)


class QualityPageSchema(PageSchema):
    """A page of rows."""

    rows = fields.List(fields.Nested(QualityRowSchema))
