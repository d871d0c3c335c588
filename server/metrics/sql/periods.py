"""Over which periods rows are summed: the periods of a question as a table of its statements."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    and_,
    bindparam,
    func,
    join,
    literal,
    select,
    true,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from server.metrics.sql.literal_rows import (
    FEW,
    count_to_come,
    literal_rows,
    rows_to_come,
    values_of_rows,
)
from server.metrics.sql.reach import BEFORE_ALL, Columns, Sums, holder_column
from server.platform.database import is_postgresql
from shared.time import Period, add_months

_KINDS: Mapping[str, Any] = {
    "number": Integer(),
    "start": Date(),
    "end": Date(),
    "year_before": Date(),
    "weeks": Integer(),
}
_PERIOD, _FIRST, _LAST, _EDGES = "period", "periods_first", "periods_last", "periods_edges"


@dataclass(frozen=True, slots=True)
class PeriodsToCome:
    """Periods of a statement that is made once."""

    count: int | None
    """How many; None: any number, which PostgreSQL alone takes."""

    @classmethod
    def like(cls, periods: Sequence[Period]) -> "PeriodsToCome":
        """Return what stands for these in a statement."""
        return cls(count_to_come(periods))

    @classmethod
    def like_pieces(cls, pieces: Sequence[Period]) -> "PeriodsToCome":
        """Return what stands for these where rows are looked up `in_pieces`."""
        return cls(None if is_postgresql() else len(pieces))

    def values(self, periods: Sequence[Period]) -> dict[str, Any]:
        """Return the parameters that are these periods."""
        edges = _edges(periods)
        return {
            **values_of_rows(_PERIOD, _KINDS, _rows_of(periods), self.count),
            _FIRST: edges[0],
            _LAST: edges[-1],
            _EDGES: edges,
        }

    def buckets(self) -> "Buckets":
        """Return the rows of a table that they become."""
        first, last = (bindparam(name, type_=Date()) for name in (_FIRST, _LAST))
        return Buckets(
            rows_to_come(_PERIOD, _KINDS, self.count),
            (first, last),
            bindparam(_EDGES, type_=ARRAY(Date())),
            is_few=self.count is not None and self.count <= FEW,
        )


Periods = Sequence[Period] | PeriodsToCome


@dataclass(frozen=True)
class Buckets:
    """Periods as the rows of a table."""

    table: CTE
    together: tuple[Any, Any]
    """From the first day of all to the last."""
    edges: ColumnElement[Any]
    """The days on which they begin and end, in order; as PostgreSQL alone takes them."""
    is_few: bool = False
    """Whether the database sees that by itself."""

    @property
    def c(self) -> ReadOnlyColumnCollection[str, Any]:
        """Return the columns."""
        return self.table.c

    def place(self, day: Any) -> ColumnElement[int]:
        """Return how many edges come before a day or on it; PostgreSQL alone knows how."""
        place: ColumnElement[int] = func.width_bucket(day, self.edges, type_=Integer())
        return place


def buckets(periods: Periods) -> Buckets:
    """
    Return the periods as rows of `number`, `start` and `end`.

    With them the day a year before the start, `year_before`, and the number of full `weeks`.
    """
    if isinstance(periods, PeriodsToCome):
        return periods.buckets()
    edges = _edges(periods)
    return Buckets(
        literal_rows(_KINDS, _rows_of(periods)),
        (edges[0], edges[-1]),
        literal(edges, ARRAY(Date())),
        is_few=len(periods) <= FEW,
    )


def _rows_of(periods: Sequence[Period]) -> list[tuple[Any, ...]]:
    return [
        (number, period.start, period.end, add_months(period.start, -12), period.length_days // 7)
        for number, period in enumerate(periods)
    ]


def _edges(periods: Collection[Period]) -> list[Any]:
    return sorted({day for period in periods for day in (period.start, period.end)})


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


def sums_by(bucket: Buckets, group: Columns, *columns: ColumnElement[Any]) -> Sums:
    """Return the statement that sums columns up by period and by what they belong to."""
    return select(bucket.c.number, holder_column(group), *columns).group_by(bucket.c.number, *group)


def pieces_of(periods: Collection[Period]) -> list[Period]:
    """Return the pieces into which the periods cut each other: each day is in one at most."""
    return [
        piece
        for piece in (Period(*days) for days in pairwise(_edges(periods)))
        if any(period.start <= piece.start and piece.end <= period.end for period in periods)
    ]


@dataclass(frozen=True)
class Pieces:
    """Rows with the number of the piece of time they lie in; pieces do not overlap."""

    rows: FromClause
    number: ColumnElement[int]
    condition: ColumnElement[bool]

    def sums_by(self, group: Columns, *columns: ColumnElement[Any]) -> Sums:
        """Return the statement that sums columns up by piece and by what they belong to."""
        return (
            select(self.number.label("number"), holder_column(group), *columns)
            .select_from(self.rows)
            .where(self.condition)
            .group_by(self.number, *group)
        )


def in_pieces(row: FromClause, pieces: Periods) -> Pieces:
    """Return the rows of a table with a `day` with the numbers of the pieces they lie in.

    Some may lie in none: in what has a number that `numbers_of` does not know.
    """
    bucket = buckets(pieces)
    if not is_postgresql():
        joined = join(bucket.table, row, within(bucket, row.c.day))
        return Pieces(joined, bucket.c.number, true())
    # Looked up among all edges, where a join compares each row with each piece.
    first, last = bucket.together
    between = and_(row.c.day >= first, row.c.day < last)
    return Pieces(row, bucket.place(row.c.day), between)


def numbers_of(pieces: Sequence[Period]) -> Mapping[int, Period]:
    """Return which of the pieces has which number in such rows."""
    if not is_postgresql():
        return dict(enumerate(pieces))
    place = {edge: place for place, edge in enumerate(_edges(pieces), start=1)}
    return {place[piece.start]: piece for piece in pieces}


@dataclass(frozen=True)
class Stretches:
    """Rows from before all days on, with the stretch of time they lie in: up to the next end."""

    rows: FromClause
    stretch: ColumnElement[Any]
    condition: ColumnElement[bool]
    are_before: Callable[[Any], ColumnElement[bool]]
    """Take a column of stretches; return the condition that they are over by a period's end."""


def in_stretches(row: FromClause, bucket: Buckets) -> Stretches:
    """Return the rows of a table with a `day`, each to be read once though it is in many sums."""
    if is_postgresql():
        is_before = row.c.day < bucket.together[1]
        return Stretches(
            row,
            bucket.place(row.c.day),
            is_before,
            lambda stretch: stretch < bucket.place(bucket.c.end),
        )
    end = bucket.c.end
    begun = func.lag(end, type_=Date()).over(order_by=end)
    stretch = select(
        func.coalesce(begun, literal(BEFORE_ALL, Date())).label("start"), end.label("end")
    ).subquery()
    joined = join(stretch, row, and_(row.c.day >= stretch.c.start, row.c.day < stretch.c.end))
    return Stretches(joined, stretch.c.end, true(), lambda column: column <= end)
