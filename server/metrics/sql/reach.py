"""Whose rows are summed: what all statements have in common."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, null, true

from server.metrics.rollups.pipeline import Within
from server.platform.access import Access, anybody
from server.platform.access import Shape as AccessShape
from server.platform.database import Id, ToCome, one_of
from shared.metrics.measures import Dimension
from shared.vocabulary import CustomerClass

Sums = Select[*tuple[Any, ...]]
"""`number` (which period), `holder` (the rep or team; nothing for all together), the measures."""
BEFORE_ALL = dt.date(1900, 1, 1)
"""Earlier than anything that is recorded."""
Columns = tuple[ColumnElement[Any], ...]


class By(StrEnum):
    """For whom a number is shown on its own."""

    REP = "rep"
    TEAM = "team"
    SOURCE = "source"
    CLASS = "class"


@dataclass(frozen=True, kw_only=True)
class Cut:
    """The columns by which a row can be told apart, besides rep and team."""

    source: Any = None
    customer_class: Any = None


NO_CUT = Cut()


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Whose rows are summed: what the caller may see, narrowed by a filter.

    A lead source or a customer class needs rows that carry it: `server/metrics/sql/sliced.py`.
    """

    access: Access
    rep_id: str | None = None
    rep_ids: frozenset[str] | None = None
    """Of the reps only these."""
    team_ids: frozenset[str] | None = None
    source: str | None = None
    customer_class: CustomerClass | None = None
    by: By | None = None
    within: Within | None = None
    """Of cohorts, only what becomes of them in their first days."""

    @property
    def dimensions(self) -> frozenset[Dimension]:
        """Return what the rows must carry besides rep and team."""
        found = set()
        if self.source is not None or self.by is By.SOURCE:
            found.add(Dimension.SOURCE)
        if self.customer_class is not None or self.by is By.CLASS:
            found.add(Dimension.CLASS)
        return frozenset(found)

    @property
    def names_reps(self) -> bool:
        """Whether it is about some reps, whatever their teams."""
        return self.rep_id is not None or self.rep_ids is not None

    def of_people(self, rep_id: Any, team_id: Any) -> ColumnElement[bool]:
        """Return the condition on rep and team alone."""
        conditions = [self.access.rows(rep_id, team_id)]
        if self.rep_id is not None:
            conditions.append(rep_id == self.rep_id)
        if self.rep_ids is not None:
            conditions.append(one_of(rep_id, self.rep_ids))
        if self.team_ids is not None:
            conditions.append(one_of(team_id, self.team_ids))
        return and_(true(), *conditions)

    def is_about(self, rep_id: str, team_id: str | None) -> bool:
        """Return whether it reaches the rows of this rep and team; what `of_people` asks in SQL."""
        return (
            self.access.sees(rep_id, team_id)
            and self.rep_id in {None, rep_id}
            and (self.rep_ids is None or rep_id in self.rep_ids)
            and (self.team_ids is None or team_id in self.team_ids)
        )

    def rows(self, rep_id: Any, team_id: Any, cut: Cut = NO_CUT) -> ColumnElement[bool]:
        """Return the condition on a row's rep and team."""
        conditions = [self.of_people(rep_id, team_id)]
        if self.source is not None:
            conditions.append(cut.source == self.source)
        if self.customer_class is not None:
            conditions.append(cut.customer_class == self.customer_class)
        return and_(true(), *conditions)

    @property
    def shape(self) -> "Shape":
        """Return what a statement depends on, whoever and whatever it is about."""
        narrowed = tuple(name for name in _NAMED if getattr(self, name) is not None)
        return Shape(self.access.shape, narrowed, self.by, self.within)

    @property
    def values(self) -> dict[str, Any]:
        """Return the parameters of a statement that was made for this shape."""
        return {
            **self.access.values,
            **{_name(name): getattr(self, name) for name in _NAMED},
        }

    def group(self, rep_id: Any, team_id: Any, cut: Cut = NO_CUT) -> Columns:
        """Return the column of what a sum belongs to; none for all together."""
        match self.by:
            case By.REP:
                return (rep_id,)
            case By.TEAM:
                return (team_id,)
            case By.SOURCE:
                return (cut.source,)
            case By.CLASS:
                return (cut.customer_class,)
        return ()


_NAMED: Mapping[str, Any] = {
    "rep_id": lambda name: bindparam(name, type_=Id()),
    "rep_ids": ToCome,
    "team_ids": ToCome,
    "source": lambda name: bindparam(name, type_=String()),
    "customer_class": lambda name: bindparam(name, type_=String()),
}
"""What a reach may be narrowed to, and how a statement that is made once takes it."""


def _name(narrowed_to: str) -> str:
    return f"reach_{narrowed_to}"


@dataclass(frozen=True, slots=True)
class Shape:
    """What is the same for all reaches for which one statement will do."""

    access: AccessShape
    narrowed: tuple[str, ...]
    """To what it is narrowed."""
    by: By | None
    within: Within | None

    def reach(self) -> Reach:
        """Return one whose ids and words are parameters."""
        to_come = {name: _NAMED[name](_name(name)) for name in self.narrowed}
        return Reach(access=anybody(self.access), by=self.by, within=self.within, **to_come)


def holder_column(group: Columns) -> ColumnElement[Any]:
    """Return what a sum belongs to as a column."""
    return (group[0] if group else null()).label("holder")
