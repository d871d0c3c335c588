"""Signals by which a feature tells what happened without knowing who listens."""

import datetime as dt
from collections.abc import Iterable

from blinker import Namespace

_signals = Namespace()

day_changed = _signals.signal("day-changed")
"""The numbers of these days may have moved. Sent in the transaction of the fact, with
`rep_id` and `days`; metrics marks them stale."""


def mark_days(rep_id: str, days: Iterable[dt.date]) -> None:
    """Tell listeners that facts of this rep changed on these days."""
    day_changed.send(None, rep_id=rep_id, days=set(days))
