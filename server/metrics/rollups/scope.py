"""Which rep-days are counted: all of them, or a few that have changed."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, true, tuple_

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
        return tuple_(rep_id, day).in_(self.rep_days)


EVERYTHING = Scope()
