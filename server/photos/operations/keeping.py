"""Small pictures, and the removal of what belongs to nothing."""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select

from server.photos.models import Photo, PhotoBlob, PhotoUpload, Thumbnail
from server.photos.operations.files import PhotoFolder
from server.photos.operations.images import Examined
from server.photos.operations.records import announce, enter_file
from server.platform.database import db
from shared.vocabulary import PhotoState

KEEP_ORPHAN = dt.timedelta(days=30)
KEEP_LOST = dt.timedelta(days=60)
"""Files nobody knows of may be those that a restored database will be told of again by phones."""
_BATCH = 20


def wanted_thumbnails(*, limit: int = _BATCH) -> list[str]:
    """Return the hashes of photos without a small picture."""
    return list(
        db.session.scalars(
            select(PhotoBlob.sha256)
            .where(PhotoBlob.thumbnail == Thumbnail.WANTED)
            .order_by(PhotoBlob.stored_at)
            .limit(limit)
        )
    )


def note_thumbnail(*, sha256: str, thumbnail: Thumbnail) -> None:
    """Note what has become of a small picture."""
    blob = db.session.get(PhotoBlob, sha256)
    if blob is not None:
        blob.thumbnail = thumbnail
        db.session.flush()


def expected() -> list[str]:
    """Return the hashes of photos that have a record, and no bytes that the database knows of."""
    return list(
        db.session.scalars(
            select(Photo.sha256)
            .where(
                Photo.state == PhotoState.EXPECTED,
                Photo.sha256.not_in(select(PhotoBlob.sha256)),
            )
            .distinct()
        )
    )


def take_up(*, sha256: str, examined: Examined, size_bytes: int, at: dt.datetime) -> None:
    """Enter a whole file that is in the folder already, and say so to whom it belongs."""
    enter_file(sha256=sha256, size_bytes=size_bytes, examined=examined, at=at)
    photos = list(
        db.session.scalars(
            select(Photo)
            .where(
                Photo.sha256 == sha256,
                Photo.size_bytes == size_bytes,
                Photo.state == PhotoState.EXPECTED,
            )
            .with_for_update()
        )
    )
    for photo in photos:
        photo.change({"state": PhotoState.PRESENT}, at=at)
    db.session.flush()
    announce(photos)


def remove_orphans(*, folder: PhotoFolder, at: dt.datetime) -> int:
    """Remove uploads that were given up and photos that no visit has any more; return how many.

    A photo that its rep took back is kept for 30 days.
    """
    given_up = list(
        db.session.scalars(
            delete(PhotoUpload)
            .where(PhotoUpload.expires_at <= at)
            .returning(PhotoUpload.id)
            .execution_options(synchronize_session=False)
        )
    )
    limit = at - KEEP_ORPHAN
    given_up += _unknown(PhotoUpload.id, list(folder.parts_older_than(at - dt.timedelta(days=1))))
    for upload_id in given_up:
        folder.drop_part(upload_id)
    orphans = list(
        db.session.scalars(
            select(PhotoBlob.sha256)
            .where(PhotoBlob.stored_at < limit, ~_is_wanted(limit))
            .with_for_update()
        )
    )
    lost = _unknown(PhotoBlob.sha256, list(folder.hashes_older_than(at - KEEP_LOST)))
    for sha256 in (*orphans, *lost):
        folder.remove(sha256)
    photos = list(db.session.scalars(select(Photo).where(Photo.sha256.in_(orphans))))
    for photo in photos:
        photo.change({"state": PhotoState.REMOVED}, at=at)
    db.session.execute(delete(PhotoBlob).where(PhotoBlob.sha256.in_(orphans)))
    db.session.flush()
    announce(photos)
    return len(given_up) + len(orphans) + len(lost)


def _is_wanted(limit: dt.datetime) -> ColumnElement[bool]:
    """Return the condition that a photo has these bytes and was not taken back long ago."""
    return exists().where(
        Photo.sha256 == PhotoBlob.sha256,
        Photo.withdrawn_at.is_(None) | (Photo.withdrawn_at >= limit),
    )


def _unknown(column: Any, names: list[str]) -> list[str]:
    known: set[str] = set()
    for start in range(0, len(names), 400):
        chunk = names[start : start + 400]
        known |= set(db.session.scalars(select(column).where(column.in_(chunk))))
    return [name for name in names if name not in known]
