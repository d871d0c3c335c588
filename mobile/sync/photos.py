"""Sending the bytes of photos: one at a time, after all records, in pieces that may break off.

The server knows how far each photo is, so nothing about that is kept here: a photo is asked for
anew each time, and goes on where it stopped. See docs/photos.md.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from mobile.storage import device, outbox, photos
from mobile.storage.database import Database
from mobile.storage.photo_files import PhotoFiles
from mobile.storage.photos import WaitingPhoto
from mobile.sync.answers import OfflineError, RefusedError, TooLargeError
from shared import failpoints

_log = logging.getLogger(__name__)

LARGE_PIECE = 256 * 1024
SMALL_PIECE = 64 * 1024
_NEVER = frozenset(
    {"photo.not_an_image", "photo.too_many_pixels", "photo.refused", "photo.too_large"}
)
"""The same bytes will be refused again."""
FILE_MISSING = "photo.file_missing"


class PhotoApi(Protocol):
    """What is needed of the server. Both raise a `SyncError` for any answer but a good one."""

    def begin_photo(self, server_url: str, *, sha256: str, size_bytes: int) -> tuple[str, int]:
        """Return the path of the upload, and how many bytes the server has."""

    def send_piece(self, server_url: str, path: str, piece: bytes, *, offset: int) -> int:
        """Send bytes; return how many the server has."""


@dataclass(slots=True)
class PieceSize:
    """How much to send at once: less after a failure, until a photo has come through."""

    size_bytes: int = LARGE_PIECE

    def grow(self) -> None:
        """Send more again: it went well."""
        self.size_bytes = LARGE_PIECE

    def shrink(self) -> None:
        """Send less at once after a break."""
        self.size_bytes = SMALL_PIECE


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoSender:
    """What the sending of photos works with."""

    database: Database
    api: PhotoApi
    files: PhotoFiles
    may_send: Callable[[], bool] = lambda: True
    """Whether this network may be used for photos; asked again before each piece."""
    piece: PieceSize = field(default_factory=PieceSize)

    def send(self) -> int:
        """
        Send the photos that wait; return how many the server has now.

        Stops where a record waits: it goes first, and the photo goes on after it.

        :raises SyncError: if there is no answer that counts
        """
        with self.database.read() as connection:
            waiting = photos.to_send(connection)
            server_url = device.get(connection).server_url if waiting else ""
        done = 0
        for photo in waiting:
            try:
                if not self._send_one(server_url, photo):
                    break
                done += 1
            except (RefusedError, TooLargeError) as refusal:
                self._note(
                    photo, "photo.too_large" if isinstance(refusal, TooLargeError) else refusal.code
                )
            except OfflineError:
                self.piece.shrink()
                raise
        return done

    def _send_one(self, server_url: str, photo: WaitingPhoto) -> bool:
        """Send a photo; return whether it got to its end."""
        if not self._may_go_on():
            return False
        try:
            file = self.files.path(photo.sha256).open("rb")
        except OSError as error:
            raise RefusedError(FILE_MISSING) from error
        with file:
            path, offset = self.api.begin_photo(
                server_url, sha256=photo.sha256, size_bytes=photo.size_bytes
            )
            while offset < photo.size_bytes:
                if not self._may_go_on():
                    return False
                file.seek(offset)
                piece = file.read(self.piece.size_bytes)
                if not piece:
                    raise RefusedError(FILE_MISSING)
                offset = self.api.send_piece(server_url, path, piece, offset=offset)
                failpoints.reach("phone: a photo's piece answered")
        # Its row says so only with the next pull, which a phone that is to be wiped has no more.
        with self.database.write() as connection:
            photos.note_present(connection, photo.sha256)
        self.piece.grow()
        return True

    def _may_go_on(self) -> bool:
        if not self.may_send():
            return False
        with self.database.read() as connection:
            return not outbox.has_pending(connection)

    def _note(self, photo: WaitingPhoto, code: str) -> None:
        """Note what can never be sent; anything else is tried with the next sync."""
        _log.warning("photo %s was not taken: %s", photo.sha256[:12], code)
        if code in _NEVER or code == FILE_MISSING:
            with self.database.write() as connection:
                photos.note_problem(connection, photo.sha256, code)
        else:
            self.piece.shrink()
