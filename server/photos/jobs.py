"""Jobs of photos: small pictures as photos arrive, and once a day the removal of orphans."""

import logging

from server.photos.models import Thumbnail
from server.photos.operations import images, keeping
from server.photos.operations.files import PhotoFolder
from server.platform.database import db
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from shared.time import utc_now

logger = logging.getLogger(__name__)


def make_thumbnails(**_: object) -> None:
    """Make every small picture that is wanted. May be called at any time, twice, or too often."""
    folder = _folder()
    while wanted := keeping.wanted_thumbnails():
        for sha256 in wanted:
            made = Thumbnail.FAILED
            try:
                folder.write_thumbnail(sha256, images.make_thumbnail(folder.path(sha256)))
                made = Thumbnail.MADE
            except (OSError, ValueError):
                logger.exception("no small picture of photo %s", sha256)
            with transaction():
                keeping.note_thumbnail(sha256=sha256, thumbnail=made)
    db.session.remove()


def take_up_files(**_: object) -> None:
    """Find the files of photos whose bytes came after the backup that the database was restored to.

    Their phones have sent the records again, and may have deleted the pictures long ago.
    """
    folder = _folder()
    for sha256 in keeping.expected():
        path = folder.path(sha256)
        try:
            if images.sha256_of(path) != sha256:
                continue
            examined, size_bytes = images.examine(path), path.stat().st_size
        except (OSError, images.NotAnImageError, images.TooManyPixelsError):
            continue  # as usual, it is on its way
        with transaction():
            keeping.take_up(sha256=sha256, examined=examined, size_bytes=size_bytes, at=utc_now())
        logger.warning("photo %s was in the folder, and unknown to the database", sha256)
    db.session.remove()


def remove_orphans(**_: object) -> None:
    """Remove what no visit has any more, and uploads that were given up."""
    take_up_files()
    with transaction():
        count = keeping.remove_orphans(folder=_folder(), at=utc_now())
    if count:
        logger.warning("%d files of photos that belong to nothing were removed", count)
    db.session.remove()


def _folder() -> PhotoFolder:
    settings = current_settings()
    return PhotoFolder(settings.photos)
