"""The system's notices: words beside the clock that stay until they are read."""

from typing import Protocol


class Notices(Protocol):
    """Hands words to the system."""

    def post(self, subject: str, title: str, words: str) -> bool:
        """
        Show a notice; a later one on the same subject takes its place.

        Return False where the system shows none, so that the app says it itself.
        """


class NoNotices:
    """A desktop: the app says it itself."""

    def post(self, subject: str, title: str, words: str) -> bool:
        """Show nothing."""
        del subject, title, words
        return False
