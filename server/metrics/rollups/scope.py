"""Which rep-days are counted: all of them, those of some reps or of a period, or a few."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, true, tuple_
from sqlalchemy.types import TupleType

from server.platform.database import Id
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
        return self.rep_days is None and self.rep_ids is None and self.period is None

    def holds(self, rep_id: Any, day: Any) -> ColumnElement[bool]:
        """Return the condition on a row's rep and day columns."""
        given = self._given()
        conditions: list[ColumnElement[bool]] = []
        if self.rep_days is not None:
            # The pairs say it all; the first two let SQLite find them by index.
            conditions += [
                rep_id.in_(given["scope_reps"]),
                day.in_(given["scope_days"]),
                tuple_(rep_id, day).in_(given["scope_rep_days"]),
            ]
        if self.rep_ids is not None:
            conditions.append(rep_id.in_(given["scope_rep_ids"]))
        if self.period is not None:
            conditions += [day >= given["scope_start"], day < given["scope_end"]]
        return and_(true(), *conditions)

    def has(self, rep_id: Any) -> ColumnElement[bool]:
        """Return the condition that some day of a rep may be among them."""
        given = self._given()
        if self.rep_days is not None:
            condition: ColumnElement[bool] = rep_id.in_(given["scope_reps"])
            return condition
        return true() if self.rep_ids is None else rep_id.in_(given["scope_rep_ids"])

    def outline(self) -> "Outline":
        """Return the same without its values, for statements that are built once."""
        return Outline(
            None if self.rep_days is None else (),
            None if self.rep_ids is None else (),
            None if self.period is None else Period(dt.date.min, dt.date.max),
        )

    def values(self) -> dict[str, Any]:
        """Return what to execute a statement about the outline with."""
        values: dict[str, Any] = {}
        if self.rep_days is not None:
            values["scope_reps"] = sorted({rep for rep, _ in self.rep_days})
            values["scope_days"] = sorted({date for _, date in self.rep_days})
            values["scope_rep_days"] = list(self.rep_days)
        if self.rep_ids is not None:
            values["scope_rep_ids"] = list(self.rep_ids)
        if self.period is not None:
            values["scope_start"] = self.period.start
            values["scope_end"] = self.period.end
        return values

    def _given(self) -> Mapping[str, Any]:
        return self.values()


@dataclass(frozen=True)
class Outline(Scope):
    """A scope whose values are given when a statement about it is executed.

    To build the larger statements takes Python longer than most databases take to run them.
    """

    def _given(self) -> Mapping[str, Any]:
        return {
            "scope_reps": bindparam("scope_reps", expanding=True, type_=Id()),
            "scope_days": bindparam("scope_days", expanding=True, type_=Date()),
            "scope_rep_days": bindparam(
                "scope_rep_days", expanding=True, type_=TupleType(Id(), Date())
            ),
            "scope_rep_ids": bindparam("scope_rep_ids", expanding=True, type_=Id()),
            "scope_start": bindparam("scope_start", type_=Date()),
            "scope_end": bindparam("scope_end", type_=Date()),
        }


EVERYTHING = Scope()
