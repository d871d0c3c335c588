"""Signals by which a feature tells what happened without knowing who listens.

All are sent inside the transaction of the fact; `server/app.py` connects the listeners.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from blinker import Namespace

_signals = Namespace()

day_changed = _signals.signal("day-changed")
"""The numbers of these days may have moved (`rep_id`, `days`). Metrics marks them stale."""

records_changed = _signals.signal("records-changed")
"""Rows that travel to phones were written (`entity`, `record_ids`). Sync puts them in the feed."""

position_seen = _signals.signal("position-seen")
"""A rep was at a place (`rep_id`, `source`, `latitude`, `longitude`, `accuracy_m`, `measured_at`,
`battery_percent`), as evidence that has just come says."""

_gathered: ContextVar[dict[str, set[dt.date]] | None] = ContextVar("gathered_days", default=None)


def mark_days(rep_id: str, days: Iterable[dt.date]) -> None:
    """Tell listeners that facts of this rep changed on these days."""
    gathered = _gathered.get()
    if gathered is not None:
        gathered.setdefault(rep_id, set()).update(days)
    else:
        day_changed.send(None, rep_id=rep_id, days=set(days))


@contextmanager
def days_marked_once() -> Iterator[None]:
    """Tell listeners of each day once, at the end: for many facts in one transaction."""
    gathered: dict[str, set[dt.date]] = {}
    token = _gathered.set(gathered)
    try:
        yield
    finally:
        _gathered.reset(token)
    for rep_id in sorted(gathered):
        mark_days(rep_id, gathered[rep_id])


def record_changed(entity: str, *record_ids: str) -> None:
    """Tell listeners that these rows were written; call after they are flushed."""
    if record_ids:
        records_changed.send(None, entity=entity, record_ids=list(record_ids))
