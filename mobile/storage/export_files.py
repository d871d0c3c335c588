"""The folder of copies that the rep asked for."""

import os
from pathlib import Path

_UNFINISHED = ".part"


class ExportFiles:
    """Whole files only: a copy has its name once all of it is on the disk."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made, private, with the first copy."""
        self.folder = folder

    def write(self, name: str, text: str) -> Path:
        """Keep a text under a name, in place of an older one; return where.

        :raises OSError: if the disk is full or the folder cannot be written to
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self.folder / f"{name}{_UNFINISHED}"
        try:
            with unfinished.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        return unfinished.replace(self.folder / name)

    def delete_all(self) -> None:
        """Delete every copy: they say as much as the database."""
        for file in self.folder.glob("tapak-*") if self.folder.exists() else ():
            file.unlink()
