"""How many changes go in one request."""

from dataclasses import dataclass

from shared.sync.protocol import MAX_CHANGES

_FIRST_BATCH = 50


@dataclass(slots=True)
class BatchSize:
    """How many changes to send at once: more while it goes well, fewer when it does not."""

    changes: int = _FIRST_BATCH

    @property
    def grown(self) -> int:
        """Return how many it will be when this goes well."""
        return min(MAX_CHANGES, self.changes * 2)

    def grow(self) -> None:
        """Twice as many next time."""
        self.changes = self.grown

    def shrink(self) -> None:
        """Half as many next time, at least one group."""
        self.changes = max(1, self.changes // 2)
