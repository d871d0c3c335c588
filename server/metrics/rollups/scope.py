"""Which rep-days are counted: all of them, those of some reps or of a period, or a few."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, true, tuple_

from shared.time import Period

RepDay = tuple[str, dt.date]

Counted = Select[*tuple[Any, ...]]
"""Totals: `rep_id`, `day`, and one column for each measure it knows."""


@dataclass(frozen=True)
class Scope:
    """Every rep-day, or only these. Counting is the same statement in all cases."""

    rep_days: tuple[RepDay, ...] | None = None
    rep_ids: tuple[str, ...] | None = None
    """All days of these reps."""
    period: Period | None = None
    """All reps on these days."""

    @classmethod
    def of(cls, rep_days: Collection[RepDay]) -> "Scope":
        """Return the scope of these rep-days."""
        return cls(tuple(sorted(rep_days)))

    @property
    def is_everything(self) -> bool:
        """Whether no rep-day is left out."""
        return self == EVERYTHING

    def holds(self, rep_id: Any, day: Any) -> ColumnElement[bool]:
        """Return the condition on a row's rep and day columns."""
        conditions: list[ColumnElement[bool]] = []
        if self.rep_days is not None:
            # The pairs say it all; the first two let SQLite find them by index.
            conditions += [
                rep_id.in_({rep for rep, _ in self.rep_days}),
                day.in_({date for _, date in self.rep_days}),
                tuple_(rep_id, day).in_(self.rep_days),
            ]
        if self.rep_ids is not None:
            conditions.append(rep_id.in_(self.rep_ids))
        if self.period is not None:
            conditions += [day >= self.period.start, day < self.period.end]
        return and_(true(), *conditions)


EVERYTHING = Scope()
