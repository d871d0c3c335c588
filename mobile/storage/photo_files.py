"""The folder of photos: each under its hash, with a small picture beside it."""

import hashlib
import os
from pathlib import Path

_DRAFT = ".draft"
_SMALL = ".small"


class PhotoFiles:
    """Files that are there when they are said to be, also after the power went."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made, private, when the first photo comes."""
        self.folder = folder

    def draft(self, name: str) -> Path:
        """Return where a photo is made, before it has its hash."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder / f"{name}{_DRAFT}"

    def size_bytes(self) -> int:
        """Return the room that all files take, small pictures and drafts with them."""
        if not self.folder.exists():
            return 0
        return sum(file.stat().st_size for file in self.folder.iterdir() if file.is_file())

    def path(self, sha256: str) -> Path:
        """Return where a photo is."""
        return self.folder / sha256

    def small(self, sha256: str) -> Path:
        """Return where its small picture is."""
        return self.folder / f"{sha256}{_SMALL}"

    def adopt(self, draft: Path) -> tuple[str, int]:
        """Give a finished draft its place; return hash and size in bytes.

        :raises OSError: if the disk is full
        """
        with draft.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        draft.rename(self.path(sha256))
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return sha256, size

    def delete(self, sha256: str) -> None:
        """Delete a photo and its small picture."""
        self.small(sha256).unlink(missing_ok=True)
        self.path(sha256).unlink(missing_ok=True)

    def delete_all(self) -> None:
        """Delete everything."""
        if self.folder.exists():
            for file in self.folder.iterdir():
                file.unlink()

    def drafts(self) -> list[Path]:
        """Return what is being made, or was left unfinished by a kill."""
        return [file for file in self._files() if file.suffix == _DRAFT]

    def hashes(self) -> list[str]:
        """Return the hashes of the photos that are here."""
        return [file.name for file in self._files() if not file.suffix]

    def _files(self) -> list[Path]:
        return list(self.folder.iterdir()) if self.folder.exists() else []
