"""The camera, and the making of smaller pictures. The gallery is never offered."""

from pathlib import Path
from typing import Protocol


class CameraError(Exception):
    """There is no photo. `code` is stable: `camera_refused`, `camera_missing`, `camera_failed`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Camera(Protocol):
    """Takes photos, and makes them smaller; both are slow and belong off the UI thread."""

    @property
    def is_simulated(self) -> bool:
        """Whether the pictures are made up; the screen says so."""

    def take(self, target: Path) -> bool:
        """
        Let the rep take a photo into a file; return False where they came back without one.

        :raises CameraError: if that is not possible
        """

    def shrink(self, source: Path, target: Path, *, longest_px: int) -> tuple[int, int]:
        """
        Write a picture upright and no longer than this; return its width and height.

        :raises ValueError: if the source is no picture
        :raises OSError: if the target cannot be written
        """
