"""Wire format of a visit."""

from marshmallow import fields

from shared.schemas.record import RecordSchema, choice, record_id, text
from shared.vocabulary import NoSaleReason, VisitState

LONGEST_NOTES = 10_000


class VisitSchema(RecordSchema):
    """A call at a customer. Its times and its verdict come from the evidence, not from here."""

    customer_id = record_id(required=True)
    stop_id = record_id(nullable=True)
    time_zone = text(40, required=True, shortest=1)
    notes = text(LONGEST_NOTES)


class VisitPatchSchema(RecordSchema):
    """What the rep may change afterwards."""

    notes = text(LONGEST_NOTES)
    no_sale_reason = choice(NoSaleReason, nullable=True)
    form_answers = fields.Dict(keys=fields.String(), error_messages={"invalid": "invalid"})
    state = choice([VisitState.CANCELLED])
    cancel_reason = text(1_000, shortest=1)
