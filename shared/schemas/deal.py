"""Wire format of a deal; its lines travel as one field."""

from shared.schemas.limits import MAX_LINES, MAX_MINOR, MAX_QUANTITY
from shared.schemas.record import RecordSchema, day, many, nested, record_id, text, whole

# 2^53: a double holds it exactly, and so does every JSON reader.


class DealLineSchema(RecordSchema):
    """A product on a deal."""

    product_id = record_id(required=True)
    quantity = whole(1, MAX_QUANTITY, required=True)
    unit_price_minor = whole(0, MAX_MINOR, required=True)
    discount_minor = whole(0, MAX_MINOR)


class DealSchema(RecordSchema):
    """A sale in the making; an order is one that begins in a won stage."""

    customer_id = record_id(required=True)
    visit_id = record_id(nullable=True)
    title = text(200)
    source = text(60)
    stage_key = text(40, required=True, shortest=1)
    currency = text(3, required=True, shortest=3)
    amount_minor = whole(0, MAX_MINOR)
    """Only without lines; with lines it is their sum."""
    lines = many(nested(DealLineSchema()), most=MAX_LINES)
    expected_close_on = day(nullable=True)
    note = text(4_000)


class DealPatchSchema(RecordSchema):
    """What may change afterwards."""

    title = text(200)
    stage_key = text(40, shortest=1)
    amount_minor = whole(0, MAX_MINOR)
    lines = many(nested(DealLineSchema()), most=MAX_LINES)
    expected_close_on = day(nullable=True)
    lost_reason = text(200)
    note = text(4_000)
