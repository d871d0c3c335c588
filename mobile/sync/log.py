"""What one sync did, so that it can be asked afterwards."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class SyncReport:
    """Counts of one sync, filled while it runs."""

    sent: int = 0
    received: int = 0
    batches: int = 0
    pages: int = 0
    needs_you: int = 0
    fetched_anew: list[str] = field(default_factory=list)
    """Scopes whose digest differed, or what their rows say."""
    problem: str = ""
    """Code of why it did not get to its end; empty: it did."""
