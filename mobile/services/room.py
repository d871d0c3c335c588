"""The room that the app takes on the phone, and making some without losing anything."""

from dataclasses import dataclass
from pathlib import Path

from mobile.services.recorder import Recorder
from mobile.storage import photos, salvage
from mobile.storage.photo_files import PhotoFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Bytes."""

    records: int
    photos: int
    safe_photos: int
    """How many of the photos here the office says it has: their files may go."""
    safe_bytes: int
    """Of the photos themselves; their small pictures go with them."""
    damaged: int = 0
    """Of databases that were damaged and kept aside."""
    damaged_in: str = ""
    """The folder of the newest of them."""


class RoomService:
    """Measures and clears. Slow: call it off the UI thread."""

    def __init__(self, *, recorder: Recorder, files: PhotoFiles) -> None:
        self._database = recorder.database
        self._files = files

    def measure(self) -> Room:
        """Return how much room is taken."""
        path = self._database.path
        aside = salvage.kept_aside(path.parent)
        with self._database.read() as connection:
            safe = photos.safe_files(connection)
        return Room(
            records=sum(map(_size, path.parent.glob(f"{path.name}*"))),
            photos=self._files.size_bytes(),
            safe_photos=len(safe),
            safe_bytes=sum(row["size_bytes"] for row in safe),
            damaged=sum(_size(file) for each in aside for file in each.iterdir()),
            damaged_in=str(aside[-1]) if aside else "",
        )

    def clear_safe_photos(self) -> Room:
        """Delete the files the office has; their records stay. Return the room taken then."""
        with self._database.write() as connection:
            gone = photos.forget_safe_files(connection)
        # After the commit: a file too many is tidied away later, one too few is lost.
        for sha256 in gone:
            self._files.delete(sha256)
        return self.measure()

    def clear_damaged(self) -> Room:
        """Delete the damaged databases that were kept aside. Return the room taken then."""
        salvage.forget_aside(self._database.path.parent)
        return self.measure()


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # SQLite removes its own files beside the database
        return 0
