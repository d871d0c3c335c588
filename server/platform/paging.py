"""Pages of long lists: counted, numbered from 1, never larger than a limit.

To count a list of millions takes longer than to read a page of it, so a page that people look at
counts no further than `MOST_COUNTED` and says that there are more; programs get the whole number.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from marshmallow import Schema, fields, validate
from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from server.platform.database import db

Row = TypeVar("Row")
Made = TypeVar("Made")

DEFAULT_SIZE = 50
LARGEST_SIZE = 500
PIECE = 1_000
"""Rows in memory at once where a whole list is read."""
MOST_COUNTED = 10_000
"""Rows counted where a person looks at the list."""
_FEW = 1_000
"""Rows whose keys are fetched at once, and put in order by themselves."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list."""

    rows: Sequence[Row]
    number: int
    size: int
    total: int
    """Rows in the whole list, as far as they were counted."""
    is_more: bool = False
    """Whether there are more rows than were counted."""
    has_next: bool = False

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))

    def map(self, make: Callable[[Row], Made]) -> "Page[Made]":
        """Return the same page with something else made of each row."""
        made = [make(row) for row in self.rows]
        return Page(made, self.number, self.size, self.total, self.is_more, self.has_next)


class PageQuerySchema(Schema):
    """Which page of a list; a subclass adds what narrows it."""

    page = fields.Integer(validate=validate.Range(min=1), load_default=1)
    size = fields.Integer(validate=validate.Range(1, LARGEST_SIZE), load_default=DEFAULT_SIZE)


class PageSchema(Schema):
    """What every page of a list says of itself; a subclass adds its `rows`."""

    number = fields.Integer()
    size = fields.Integer()
    pages = fields.Integer()
    total = fields.Integer()


def fetch_page(
    statement: Select[Any],
    *,
    number: int,
    size: int,
    total: int | None = None,
    key: InstrumentedAttribute[str] | None = None,
    most: int | None = None,
    of_many: Callable[[], Select[Any]] | None = None,
) -> Page[Any]:
    """
    Run a statement for one page. A number past the end gives the last page.

    :param total: how many rows the whole list has, where that is known; else they are counted
    :param key: tells the rows apart: the page is found by it alone, and only the rows that are on
        it are joined with what else is shown of them
    :param most: count no further; pages behind it can still be turned to, one after the other
    :param of_many: makes a statement of the same rows that suits a database better which is soon
        through, because there are many of them
    """
    size = min(max(size, 1), LARGEST_SIZE)
    listed = statement if key is None else statement.with_only_columns(key)
    if key is not None and most is not None:
        # A database that expects many rows goes through all there are in the order asked for; of
        # a few among millions it would meet the last one late.
        few = min(_FEW, most)
        keys = db.session.scalars(listed.order_by(None).limit(few + 1)).all()
        if not keys:
            return Page(rows=[], number=1, size=size, total=0)
        if len(keys) <= few:
            listed = listed.where(key.in_(keys))
        elif of_many is not None:
            listed = of_many().with_only_columns(key)
        if len(keys) <= few or few == most:
            total = len(keys)
    if total is None:
        total = _count(listed, most)
    is_more = most is not None and total > most
    if not is_more:
        number = min(number, max(1, -(-total // size)))
    number = max(number, 1)
    found = db.session.execute(listed.limit(size + 1).offset((number - 1) * size)).all()
    if is_more and not found:
        # Nobody links so far; who comes by hand gets the last page like anywhere else.
        return fetch_page(statement, number=number, size=size, total=_count(listed), key=key)
    rows = found[:size]
    if key is not None and rows:
        rows = db.session.execute(statement.where(key.in_([row[0] for row in rows]))).all()
    return Page(
        rows=rows,
        number=number,
        size=size,
        total=min(total, most) if most is not None and is_more else total,
        is_more=is_more,
        has_next=len(found) > size,
    )


def read_in_pieces(statement: Select[Any]) -> Iterator[Any]:
    """Give all rows of a list, fetched piece by piece: for exports."""
    return iter(db.session.execute(statement.execution_options(yield_per=PIECE)))


def in_order(
    column: Any, key: Any, *, is_descending: bool, may_be_unknown: bool | None = None
) -> tuple[Any, Any]:
    """
    Return how to sort by a column and, where it is equal, by the key.

    Both go the same way round, so that one index serves both ways. Unknown values come last either
    way, on both databases.

    :param may_be_unknown: whether there are any; None: whether the column allows them
    """
    order, then = (column.desc(), key.desc()) if is_descending else (column.asc(), key.asc())
    if column.nullable if may_be_unknown is None else may_be_unknown:
        order = order.nulls_last()
    return order, then


def reordered(statement: Select[Any], sort: str, sortable: Collection[str]) -> Select[Any]:
    """
    Return a statement of rows with an `id` in the order that somebody asks for.

    Unknown values come last either way; where values are equal, the id decides.

    :param sort: a selected column, with a minus the largest first; any other text leaves all as is
    :param sortable: the columns that may be asked for
    """
    if sort.removeprefix("-") not in sortable:
        return statement
    columns = statement.selected_columns
    column = columns[sort.removeprefix("-")]
    wanted = column.desc() if sort.startswith("-") else column.asc()
    return statement.order_by(None).order_by(wanted.nulls_last(), columns["id"])


def _count(statement: Select[Any], most: int | None = None) -> int:
    counted = statement.order_by(None)
    if most is not None:
        counted = counted.limit(most + 1)
    return db.session.scalar(select(func.count()).select_from(counted.subquery())) or 0
