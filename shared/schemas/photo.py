"""Wire format of a photo's record. Its bytes follow later, by themselves (docs/photos.md)."""

from shared.photos import MAX_SIDE_PX, MOST_BYTES
from shared.schemas.record import RecordSchema, choice, flag, record_id, sha256, text, whole
from shared.vocabulary import PhotoPurpose


class PhotoSchema(RecordSchema):
    """A photo taken in the app. When it was taken stands in the change itself."""

    visit_id = record_id(required=True)
    sha256 = sha256(required=True)
    """Of its bytes, as lower-case hex."""
    size_bytes = whole(1, MOST_BYTES, required=True)
    width_px = whole(1, MAX_SIDE_PX, required=True)
    height_px = whole(1, MAX_SIDE_PX, required=True)
    purpose = choice(PhotoPurpose, required=True)
    time_zone = text(40, required=True, shortest=1)
    app_version = text(20)


class WithdrawPhotoSchema(RecordSchema):
    """The rep takes a photo back before the check-out, or not after all."""

    withdrawn = flag(required=True)
