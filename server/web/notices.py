"""One sentence after an action, on the page that follows it, with a way to undo it."""

from dataclasses import asdict, dataclass, field
from typing import Any

from flask import session

_KEY = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What was done, in the reader's language, and the form that takes it back."""

    text: str
    tone: str = "good"
    undo_url: str = ""
    """Where the form of *Undo* is sent; empty: it cannot be undone."""
    fields: dict[str, str] = field(default_factory=dict)
    """What the form holds, beside its token."""


def tell(notice: Notice) -> None:
    """Show this once, on the next page with a menu."""
    session[_KEY] = asdict(notice)


def take_notice() -> Notice | None:
    """Return what there is to tell, once."""
    told: dict[str, Any] | None = session.pop(_KEY, None)
    return Notice(**told) if told else None
