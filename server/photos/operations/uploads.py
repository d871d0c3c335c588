"""Taking the bytes of a photo, piece by piece, so that nothing sent is sent again.

The order is: append, flush to the disk, then keep the offset in the database. A kill in between
leaves bytes that nobody counts, which the next piece overwrites; never a count without its bytes.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from server.photos.models import Photo, PhotoUpload
from server.photos.operations.files import PhotoFolder
from server.photos.operations.images import Examined
from server.photos.operations.records import announce, enter_file
from server.platform.database import db, upsert
from server.platform.errors import ProblemError
from shared.i18n import N_
from shared.sync.ids import new_id
from shared.vocabulary import PhotoState

KEEP_UPLOAD = dt.timedelta(days=7)
"""An upload that nobody goes on with is given up."""


class NoRecordError(ProblemError):
    """The record of a photo comes first."""

    code = "photo.no_record"
    status = 409
    title = N_("The record of this photo has not arrived. It is sent first.")


class PhotoTooLargeError(ProblemError):
    """More than this server takes."""

    code = "photo.too_large"
    status = 413
    title = N_("This photo is too large.")


class RefusedBeforeError(ProblemError):
    """These bytes were looked at, and are no photo."""

    code = "photo.refused"
    status = 422
    title = N_("This photo was refused before.")


class UnknownUploadError(ProblemError):
    """No such upload of this rep, or it was given up."""

    code = "photo.unknown_upload"
    status = 404
    title = N_("This upload is not known here. Begin it again.")


class OffsetError(ProblemError):
    """The piece does not begin where the bytes end that are here."""

    code = "photo.offset"
    status = 409
    title = N_("The piece does not continue what is here.")


class WrongHashError(ProblemError):
    """The bytes are not those of the record. They are dropped."""

    code = "photo.wrong_hash"
    status = 422
    title = N_("The photo arrived damaged. It is sent again.")


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload, and how far it is."""

    id: str
    sha256: str
    length: int
    offset: int
    expires_at: dt.datetime
    is_done: bool

    @property
    def is_whole(self) -> bool:
        """Whether all bytes are here and wait to be looked at."""
        return self.offset == self.length and not self.is_done


def begin(
    *,
    rep_id: str,
    sha256: str,
    length: int,
    longest: int,
    folder: PhotoFolder,
    at: dt.datetime,
) -> Upload:
    """Begin an upload, or return the one under way; one of bytes that are here is done.

    :raises PhotoTooLargeError: if it is longer than `longest` bytes
    :raises NoRecordError: if the rep has no record of such a photo
    :raises RefusedBeforeError: if the bytes were refused
    """
    if length > longest:
        raise PhotoTooLargeError(longest=longest)
    photos = _photos(rep_id, sha256)
    if not any(photo.size_bytes == length for photo in photos):
        raise NoRecordError
    states = {photo.state for photo in photos}
    if states == {PhotoState.REFUSED}:
        raise RefusedBeforeError(refusal=photos[0].refusal)
    row = db.session.scalar(
        select(PhotoUpload)
        .where(PhotoUpload.rep_id == rep_id, PhotoUpload.sha256 == sha256)
        .with_for_update()
    )
    if row is None:
        upload_id = new_id()
        values = {
            "id": upload_id,
            "rep_id": rep_id,
            "sha256": sha256,
            "length": length,
            "offset": 0,
            "expires_at": at + KEEP_UPLOAD,
            "is_done": False,
        }
        # Two may begin at once; both get the first one's.
        upsert(PhotoUpload, [values], keys=["rep_id", "sha256"])
        row = db.session.scalars(
            select(PhotoUpload).where(PhotoUpload.rep_id == rep_id, PhotoUpload.sha256 == sha256)
        ).one()
    if PhotoState.PRESENT in states:
        row.is_done, row.offset = True, row.length
    elif row.is_done:  # removed meanwhile, and wanted again
        row.is_done, row.offset = False, 0
    row.length = length if row.offset == 0 else row.length
    row.expires_at = at + KEEP_UPLOAD
    db.session.flush()
    return _upload(row, folder)


def find(*, upload_id: str, rep_id: str, folder: PhotoFolder, at: dt.datetime) -> Upload:
    """Return an upload, with the offset to go on from.

    :raises UnknownUploadError: if there is none, or it was given up
    """
    return _upload(_lock(upload_id, rep_id, at=at), folder)


def append(
    *,
    upload_id: str,
    rep_id: str,
    offset: int,
    chunk: bytes,
    folder: PhotoFolder,
    at: dt.datetime,
) -> Upload:
    """Keep a piece. When this has been committed, it need not be sent again.

    :raises UnknownUploadError: if there is no such upload
    :raises OffsetError: if the piece does not begin where the bytes end
    :raises PhotoTooLargeError: if it goes beyond the length that was announced
    """
    row = _lock(upload_id, rep_id, at=at)
    upload = _upload(row, folder)
    if offset != upload.offset:
        raise OffsetError(offset=upload.offset)
    if offset + len(chunk) > upload.length:
        raise PhotoTooLargeError(longest=upload.length)
    if chunk:
        folder.append(upload_id, chunk, offset=offset)
        row.offset = offset + len(chunk)
    row.expires_at = at + KEEP_UPLOAD
    db.session.flush()
    return _upload(row, folder)


def finish(
    *, upload_id: str, rep_id: str, examined: Examined, folder: PhotoFolder, at: dt.datetime
) -> None:
    """Keep the whole photo under its hash; its records say that it is here.

    :raises UnknownUploadError: if there is no such upload
    """
    row = _lock(upload_id, rep_id, at=at)
    if row.is_done:
        return
    # The row before the file: the job that removes orphans locks it too.
    enter_file(sha256=row.sha256, size_bytes=row.length, examined=examined, at=at)
    folder.keep(upload_id, row.sha256)
    row.is_done = True
    photos = _photos(rep_id, row.sha256)
    for photo in photos:
        photo.change({"state": PhotoState.PRESENT, "refusal": ""}, at=at)
    db.session.flush()
    announce(photos)


def refuse(*, upload_id: str, rep_id: str, code: str, folder: PhotoFolder, at: dt.datetime) -> None:
    """Drop what was sent, and note in its records why.

    :raises UnknownUploadError: if there is no such upload
    """
    row = _lock(upload_id, rep_id, at=at)
    photos = _photos(rep_id, row.sha256)
    for photo in photos:
        photo.change({"state": PhotoState.REFUSED, "refusal": code}, at=at)
    start_again(upload_id=upload_id, rep_id=rep_id, folder=folder, at=at)
    announce(photos)


def start_again(*, upload_id: str, rep_id: str, folder: PhotoFolder, at: dt.datetime) -> None:
    """Drop what was sent; it must come anew.

    :raises UnknownUploadError: if there is no such upload
    """
    row = _lock(upload_id, rep_id, at=at)
    folder.drop_part(upload_id)
    row.offset, row.is_done = 0, False
    db.session.flush()


def _lock(upload_id: str, rep_id: str, *, at: dt.datetime) -> PhotoUpload:
    row = db.session.scalar(
        select(PhotoUpload)
        .where(PhotoUpload.id == upload_id, PhotoUpload.rep_id == rep_id)
        .with_for_update()
    )
    if row is None or at >= row.expires_at:
        raise UnknownUploadError
    return row


def _photos(rep_id: str, sha256: str) -> list[Photo]:
    found: Iterable[Photo] = db.session.scalars(
        select(Photo)
        .where(Photo.rep_id == rep_id, Photo.sha256 == sha256)
        .order_by(Photo.id)
        .with_for_update()
    )
    return list(found)


def _upload(row: PhotoUpload, folder: PhotoFolder) -> Upload:
    offset = row.offset if row.is_done else min(row.offset, folder.part_size(row.id))
    return Upload(row.id, row.sha256, row.length, offset, row.expires_at, row.is_done)
