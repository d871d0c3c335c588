"""Wire format of a photo's record. Its bytes follow later, by themselves (docs/photos.md)."""

from typing import Any

from marshmallow import ValidationError, validates_schema

from shared.photos import MAX_SIDE_PX, MOST_BYTES
from shared.schemas.record import RecordSchema, choice, flag, record_id, sha256, text, whole
from shared.vocabulary import PhotoPurpose


class PhotoSchema(RecordSchema):
    """A photo taken in the app. When it was taken stands in the change itself."""

    visit_id = record_id()
    expense_id = record_id()
    """One of the two: what the photo is of. An expense has receipts."""
    sha256 = sha256(required=True)
    """Of its bytes, as lower-case hex."""
    size_bytes = whole(1, MOST_BYTES, required=True)
    width_px = whole(1, MAX_SIDE_PX, required=True)
    height_px = whole(1, MAX_SIDE_PX, required=True)
    purpose = choice(PhotoPurpose, required=True)
    time_zone = text(40, required=True, shortest=1)
    app_version = text(20)

    @validates_schema(skip_on_field_errors=True)
    def _belongs_to_one(self, data: dict[str, Any], **_: Any) -> None:
        if ("visit_id" in data) == ("expense_id" in data):
            raise ValidationError("invalid" if "visit_id" in data else "missing", "visit_id")
        if ("expense_id" in data) != (data["purpose"] == PhotoPurpose.RECEIPT):
            raise ValidationError("invalid", "purpose")


class WithdrawPhotoSchema(RecordSchema):
    """The rep takes a photo back, or not after all: before the check-out, or the approval."""

    withdrawn = flag(required=True)
