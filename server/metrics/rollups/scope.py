"""Which rep-days are counted: all of them, or a few that have changed."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, true, tuple_

RepDay = tuple[str, dt.date]

Counted = Select[*tuple[Any, ...]]
"""Totals: `rep_id`, `day`, and one column for each measure it knows."""


@dataclass(frozen=True)
class Scope:
    """Every rep-day, or only these. Counting is the same statement in both cases."""

    rep_days: tuple[RepDay, ...] | None = None

    @classmethod
    def of(cls, rep_days: Collection[RepDay]) -> "Scope":
        """Return the scope of these rep-days."""
        return cls(tuple(sorted(rep_days)))

    def holds(self, rep_id: Any, day: Any) -> ColumnElement[bool]:
        """Return the condition on a row's rep and day columns."""
        if self.rep_days is None:
            return true()
        # The pairs say it all; the first two let SQLite find them by index.
        return and_(
            rep_id.in_({rep for rep, _ in self.rep_days}),
            day.in_({date for _, date in self.rep_days}),
            tuple_(rep_id, day).in_(self.rep_days),
        )


EVERYTHING = Scope()
