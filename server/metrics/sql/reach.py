"""Whose rows are summed, over which periods: what all statements have in common."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    func,
    join,
    literal,
    null,
    select,
    true,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from server.metrics.rollups.pipeline import Within
from server.metrics.sql.literal_rows import (
    FEW,
    count_to_come,
    literal_rows,
    rows_to_come,
    values_of_rows,
)
from server.platform.access import Access, anybody
from server.platform.access import Shape as AccessShape
from server.platform.database import Id, ToCome, is_postgresql, one_of
from shared.metrics.measures import Dimension
from shared.time import Period, add_months
from shared.vocabulary import CustomerClass

Sums = Select[*tuple[Any, ...]]
"""`number` (which period), `holder` (the rep or team; nothing for all together), the measures."""
BEFORE_ALL = dt.date(1900, 1, 1)
"""Earlier than anything that is recorded."""
_KINDS: Mapping[str, Any] = {
    "number": Integer(),
    "start": Date(),
    "end": Date(),
    "year_before": Date(),
    "weeks": Integer(),
}
_PERIOD = "period"
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


@dataclass(frozen=True, slots=True)
class PeriodsToCome:
    """Periods of a statement that is made once."""

    count: int | None
    """How many; None: any number, which PostgreSQL alone takes."""

    @classmethod
    def like(cls, periods: Sequence[Period]) -> "PeriodsToCome":
        """Return what stands for these in a statement."""
        return cls(count_to_come(periods))

    def values(self, periods: Sequence[Period]) -> dict[str, Any]:
        """Return the parameters that are these periods."""
        together = _together(periods)
        return {
            **values_of_rows(_PERIOD, _KINDS, _rows_of(periods), self.count),
            "periods_first": together.start,
            "periods_last": together.end,
        }

    def buckets(self) -> "Buckets":
        """Return the rows of a table that they become."""
        first, last = (bindparam(f"periods_{name}", type_=Date()) for name in ("first", "last"))
        is_few = self.count is not None and self.count <= FEW
        return Buckets(rows_to_come(_PERIOD, _KINDS, self.count), (first, last), is_few=is_few)


Periods = Sequence[Period] | PeriodsToCome


def pieces_of(periods: Collection[Period]) -> list[Period]:
    """Return the pieces into which the periods cut each other: each day is in one at most."""
    edges = sorted({day for period in periods for day in (period.start, period.end)})
    return [
        piece
        for piece in (Period(*days) for days in pairwise(edges))
        if any(period.start <= piece.start and piece.end <= period.end for period in periods)
    ]


@dataclass(frozen=True)
class Buckets:
    """Periods as the rows of a table."""

    table: CTE
    together: tuple[Any, Any]
    """From the first day of all to the last."""
    is_few: bool = False
    """Whether the database sees that by itself."""

    @property
    def c(self) -> ReadOnlyColumnCollection[str, Any]:
        """Return the columns."""
        return self.table.c


def buckets(periods: Periods) -> Buckets:
    """
    Return the periods as rows of `number`, `start` and `end`.

    With them the day a year before the start, `year_before`, and the number of full `weeks`.
    """
    if isinstance(periods, PeriodsToCome):
        return periods.buckets()
    together = _together(periods)
    return Buckets(
        literal_rows(_KINDS, _rows_of(periods)),
        (together.start, together.end),
        is_few=len(periods) <= FEW,
    )


def _rows_of(periods: Sequence[Period]) -> list[tuple[Any, ...]]:
    return [
        (number, period.start, period.end, add_months(period.start, -12), period.length_days // 7)
        for number, period in enumerate(periods)
    ]


def _together(periods: Sequence[Period]) -> Period:
    return Period(min(period.start for period in periods), max(period.end for period in periods))


def within(bucket: Buckets, day: Any, *, bounded: bool = False) -> ColumnElement[bool]:
    """Return the condition that a day lies in a period.

    :param bounded: say the first and the last day of all, though the database sees them: it reads
        the rows of all periods at once then
    """
    bounds = []
    if bounded or not bucket.is_few:
        first, last = bucket.together
        bounds = [day >= first, day < last]
    return and_(day >= bucket.c.start, day < bucket.c.end, *bounds)


@dataclass(frozen=True)
class Pieces:
    """Rows with the number of the piece of time they lie in; pieces do not overlap."""

    rows: FromClause
    number: ColumnElement[int]
    condition: ColumnElement[bool]
    of_number: Mapping[int, Period]
    """Of a number that is missing here no piece was asked for."""

    def sums_by(self, group: "Columns", *columns: ColumnElement[Any]) -> "Sums":
        """Return the statement that sums columns up by piece and by what they belong to."""
        return (
            select(self.number.label("number"), holder_column(group), *columns)
            .select_from(self.rows)
            .where(self.condition)
            .group_by(self.number, *group)
        )


def in_pieces(row: FromClause, pieces: Sequence[Period]) -> Pieces:
    """Return the rows of a table with a `day` with the numbers of the pieces they lie in."""
    if len(pieces) <= FEW or not is_postgresql():
        bucket = buckets(pieces)
        joined = join(bucket.table, row, within(bucket, row.c.day))
        return Pieces(joined, bucket.c.number, true(), dict(enumerate(pieces)))
    # Looked up among all edges, where a join compares each row with each piece.
    edges = sorted({day for piece in pieces for day in (piece.start, piece.end)})
    number = func.width_bucket(row.c.day, literal(edges, ARRAY(Date())), type_=Integer())
    place = {edge: place for place, edge in enumerate(edges, start=1)}
    between = and_(row.c.day >= edges[0], row.c.day < edges[-1])
    return Pieces(row, number, between, {place[piece.start]: piece for piece in pieces})


def sums_by(bucket: Buckets, group: Columns, *columns: ColumnElement[Any]) -> Sums:
    """Return the statement that sums columns up by period and by what they belong to."""
    return select(bucket.c.number, holder_column(group), *columns).group_by(bucket.c.number, *group)


def holder_column(group: Columns) -> ColumnElement[Any]:
    """Return what a sum belongs to as a column."""
    return (group[0] if group else null()).label("holder")
