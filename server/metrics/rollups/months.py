"""Which months are counted in a transaction: what was read of the others may be kept."""

import datetime as dt
from collections.abc import Collection

from server.platform.database import db

COUNTED = "counted_months"
"""Among what a connection knows: the numbers of the months counted in its transaction."""
EVERY_MONTH = 3
"""Stands for all of them. Other small numbers are no months either: see `NumbersVersion`."""


def note_counted(days: Collection[dt.date] | None) -> None:
    """Note that numbers of these days are written; None: of any."""
    months = {EVERY_MONTH} if days is None else set(map(number_of, days))
    db.session.connection().info.setdefault(COUNTED, set()).update(months)


def number_of(day: dt.date) -> int:
    """Return the number of the day's month: 202603 for any of March 2026."""
    return day.year * 100 + day.month
