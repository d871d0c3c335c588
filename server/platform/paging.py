"""Pages of long lists: counted, numbered from 1, never larger than a limit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from marshmallow import Schema, fields
from sqlalchemy import Select, func, select

from server.platform.database import db

Row = TypeVar("Row")
Made = TypeVar("Made")

DEFAULT_SIZE = 50
LARGEST_SIZE = 500


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list."""

    rows: Sequence[Row]
    number: int
    size: int
    total: int
    """Rows in the whole list."""

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))

    def map(self, make: Callable[[Row], Made]) -> "Page[Made]":
        """Return the same page with something else made of each row."""
        return Page([make(row) for row in self.rows], self.number, self.size, self.total)


class PageSchema(Schema):
    """What every page of a list says of itself; a subclass adds its `rows`."""

    number = fields.Integer()
    size = fields.Integer()
    pages = fields.Integer()
    total = fields.Integer()


def fetch_page(
    statement: Select[Any], *, number: int, size: int, total: int | None = None
) -> Page[Any]:
    """
    Run a statement for one page. A number past the end gives the last page.

    :param total: how many rows the whole list has, where that is known; else they are counted
    """
    size = min(max(size, 1), LARGEST_SIZE)
    if total is None:
        counted = statement.order_by(None).subquery()
        total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    number = min(max(number, 1), max(1, -(-total // size)))
    rows = db.session.execute(statement.limit(size).offset((number - 1) * size)).all()
    return Page(rows=rows, number=number, size=size, total=total)
