"""Looking into the bytes of a photo. They come from outside, so they are never trusted.

Only three formats are tried, and a picture is decoded only when its header promises few enough
pixels: a bomb is refused before it takes the memory.
"""

import datetime as dt
import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from server.platform.errors import ProblemError
from shared.i18n import N_

MOST_PIXELS = 20_000_000
"""Ten times what the app sends."""
THUMBNAIL_PX = 480
_MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_EXIF_TIMES = (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTime)


class NotAnImageError(ProblemError):
    """The bytes are no whole JPEG, PNG or WebP."""

    code = "photo.not_an_image"
    status = 422
    title = N_("This file is not a photo: only JPEG, PNG and WebP are taken.")


class TooManyPixelsError(ProblemError):
    """A picture larger than any phone takes, or one made to fill the memory."""

    code = "photo.too_many_pixels"
    status = 422
    title = N_("This picture has too many pixels.")


@dataclass(frozen=True, slots=True)
class Examined:
    """What the bytes say about themselves."""

    media_type: str
    width_px: int
    height_px: int
    made_at: dt.datetime | None


def sha256_of(path: Path) -> str:
    """Return the hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def examine(path: Path) -> Examined:
    """
    Decode a picture once, whole, and return what it is.

    :raises NotAnImageError: if it is none, or not whole
    :raises TooManyPixelsError: if its header promises more than `MOST_PIXELS`
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow warns of what it would rather not decode
            with Image.open(path, formats=tuple(_MEDIA_TYPES)) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise TooManyPixelsError
                kind = str(image.format)
                image.load()
                return Examined(
                    media_type=_MEDIA_TYPES[kind],
                    width_px=image.width,
                    height_px=image.height,
                    made_at=_exif_time(image),
                )
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixelsError from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning) as error:
        raise NotAnImageError from error


def make_thumbnail(path: Path) -> bytes:
    """
    Return a small JPEG of a picture, upright, without anything the camera wrote beside it.

    :raises OSError: if the file cannot be read any more
    """
    with Image.open(path, formats=tuple(_MEDIA_TYPES)) as image:
        image.draft("RGB", (THUMBNAIL_PX, THUMBNAIL_PX))
        upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
        # A new image holds the pixels alone: no EXIF, no profile, no comment.
        small = Image.new("RGB", upright.size)
        small.paste(upright)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=80, optimize=True)
    return buffer.getvalue()


def _exif_time(image: Image.Image) -> dt.datetime | None:
    exif = image.getexif()
    values = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    for tag in _EXIF_TIMES:
        try:
            return dt.datetime.strptime(str(values[tag]).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - EXIF has no zone
        except (KeyError, ValueError):
            continue
    return None
