"""Wire format of a prospect made on a phone, of changed contact fields, and of a proposed point."""

from shared.schemas.fix import LATITUDE, LONGITUDE, WORST_ACCURACY_M
from shared.schemas.record import RecordSchema, number, record_id, text


class CustomerSchema(RecordSchema):
    """A prospect. Code, class, owner and point are the office's business."""

    has_custom_fields = True

    name = text(200, required=True, shortest=1)
    contact_name = text(200)
    phone = text(40)
    email = text(200)
    address = text(1_000)
    city = text(120)
    notes = text(4_000)


class CustomerPatchSchema(RecordSchema):
    """The contact fields, which the rep knows best, and custom fields that reps may edit."""

    has_custom_fields = True

    contact_name = text(200)
    phone = text(40)
    email = text(200)
    address = text(1_000)
    city = text(120)
    notes = text(4_000)


class ProposeLocationSchema(RecordSchema):
    """The command `customer.propose_location`: where the rep says the customer is."""

    proposal_id = record_id(required=True)
    latitude = number(*LATITUDE, required=True, reason="lat_range")
    longitude = number(*LONGITUDE, required=True, reason="lon_range")
    accuracy_m = number(0.0, WORST_ACCURACY_M, nullable=True, reason="accuracy_range")
