"""A short buzz that a thumb feels where the eye is elsewhere."""

from enum import StrEnum
from typing import Protocol


class Feel(StrEnum):
    """What the buzz means."""

    DONE = "done"
    """Something was recorded."""
    REFUSED = "refused"
    """It was not; the words on the screen say why."""


class Haptics(Protocol):
    """Moves the phone."""

    def play(self, feel: Feel) -> None:
        """Buzz; nothing where the phone cannot."""


class NoHaptics:
    """A desktop does not move."""

    def play(self, feel: Feel) -> None:
        """Do nothing."""
        del feel
