"""Keeping the day's route while the screen is off: who does it, and whether it is done now."""

from typing import Protocol


class BackgroundTrack(Protocol):
    """Something outside the app's window that goes on to measure."""

    def start(self, title: str, words: str) -> bool:
        """Begin, with a notice that stays in sight as long; False where the system forbids it."""

    def stop(self) -> None:
        """End it."""
