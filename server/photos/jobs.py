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


def remove_orphans(**_: object) -> None:
    """Remove what no visit has any more, and uploads that were given up."""
    with transaction():
        count = keeping.remove_orphans(folder=_folder(), at=utc_now())
    if count:
        logger.warning("%d files of photos that belong to nothing were removed", count)
    db.session.remove()


def _folder() -> PhotoFolder:
    settings = current_settings()
    return PhotoFolder(settings.photos)
