"""Wire format of enrolment and of renewing tokens."""

from shared.schemas.record import RecordSchema, record_id, text, whole


class EnrolSchema(RecordSchema):
    """A phone asks to become somebody's device."""

    code = text(40, required=True, shortest=1)
    device_id = record_id(required=True)
    device_name = text(120)
    app_version = text(20)
    former_id = record_id()
    former_settled = whole(0, 2**53)


class RefreshSchema(RecordSchema):
    """A phone asks for new tokens."""

    refresh = text(200, required=True, shortest=1)
