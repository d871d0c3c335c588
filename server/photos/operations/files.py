"""The folder of photos: whole files under their hash, parts under the id of their upload.

What is said to be on the disk is on the disk: files are flushed, and so are the folders that
name them.
"""

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_THUMBNAIL = ".thumbnail.jpg"
_PART = ".part"


@dataclass(frozen=True, slots=True)
class PhotoFolder:
    """Where this deployment keeps its photos."""

    root: Path

    def path(self, sha256: str) -> Path:
        """Return where the whole file is, or would be."""
        return self.root / sha256[:2] / sha256

    def thumbnail(self, sha256: str) -> Path:
        """Return where its small picture is, or would be."""
        return self.root / sha256[:2] / f"{sha256}{_THUMBNAIL}"

    def part(self, upload_id: str) -> Path:
        """Return where the bytes of an upload are gathered."""
        return self.root / "parts" / f"{upload_id}{_PART}"

    def part_size(self, upload_id: str) -> int:
        """Return how many bytes of an upload are there; 0 where there is no file."""
        try:
            return self.part(upload_id).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, upload_id: str, chunk: bytes, *, offset: int) -> None:
        """Write bytes at an offset, and cut off whatever a broken attempt left behind it."""
        path = self.part(upload_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        with path.open("r+b" if not is_new else "wb") as file:
            file.truncate(offset)
            file.seek(offset)
            file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _flush_folder(path.parent)

    def drop_part(self, upload_id: str) -> None:
        """Forget the bytes of an upload."""
        self.part(upload_id).unlink(missing_ok=True)

    def keep(self, upload_id: str, sha256: str) -> None:
        """Give a whole, checked part its place under its hash."""
        target = self.path(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        self.part(upload_id).rename(target)
        _flush_folder(target.parent)
        _flush_folder(self.root)

    def write_thumbnail(self, sha256: str, picture: bytes) -> None:
        """Keep a small picture; it can be made again, so it need not survive a power cut."""
        target = self.thumbnail(sha256)
        draft = target.with_suffix(".draft")
        draft.write_bytes(picture)
        draft.rename(target)

    def remove(self, sha256: str) -> None:
        """Remove a file and its small picture."""
        self.thumbnail(sha256).unlink(missing_ok=True)
        self.path(sha256).unlink(missing_ok=True)

    def parts_older_than(self, limit: dt.datetime) -> Iterator[str]:
        """Yield the ids of the uploads whose part nobody has written to since."""
        for path in (self.root / "parts").glob(f"*{_PART}"):
            if path.stat().st_mtime < limit.timestamp():
                yield path.name.removesuffix(_PART)

    def hashes_older_than(self, limit: dt.datetime) -> Iterator[str]:
        """Yield the hashes of the whole files that are older."""
        for path in self.root.glob("??/*"):
            if len(path.name) == 64 and path.stat().st_mtime < limit.timestamp():
                yield path.name


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
