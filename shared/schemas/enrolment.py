"""Wire format of enrolment and of renewing tokens."""

from shared.schemas.record import RecordSchema, many, nested, record_id, sha256, text, whole
from shared.sync.heads import MOST_HEADS


class HeadSchema(RecordSchema):
    """Where a chain stood after a change."""

    s = whole(1, 2**53, required=True)
    h = sha256(required=True)


class EnrolSchema(RecordSchema):
    """A phone asks to become somebody's device."""

    code = text(40, required=True, shortest=1)
    device_id = record_id(required=True)
    device_name = text(120)
    app_version = text(20)
    former_id = record_id()
    former_settled = whole(0, 2**53)
    former_heads = many(nested(HeadSchema()), most=MOST_HEADS)


class RefreshSchema(RecordSchema):
    """A phone asks for new tokens."""

    refresh = text(200, required=True, shortest=1)
