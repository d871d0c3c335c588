"""Rows that are no table's: written in a statement, or given each time it is asked."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, CTE, bindparam, column, func, literal, select, union_all, values
from sqlalchemy.sql.elements import BindParameter

from server.platform.database import is_postgresql

FEW = 8
"""So many rows stand in a statement each by itself: a database plans better for days it sees."""
_MOST_SELECTS = 100
"""SQLite takes 500 in one statement."""


def literal_rows(kinds: Mapping[str, Any], rows: Sequence[tuple[Any, ...]]) -> CTE:
    """Return rows of these columns as a table of a statement; at least one."""
    if len(rows) > FEW and is_postgresql():
        # One parameter for each column, however many rows: less to make, to send and to plan.
        arrays = (
            bindparam(None, list(each), type_=ARRAY(kind), unique=True)
            for each, kind in zip(zip(*rows, strict=True), kinds.values(), strict=True)
        )
        return _unnested(kinds, arrays)
    if len(rows) > _MOST_SELECTS:
        return values(*_columns(kinds)).data(list(rows)).cte()
    # The same as VALUES, but SQLAlchemy keeps what it has made of the statement.
    first, *others = rows
    named = select(
        *(
            value_of(value, kind).label(name)
            for value, (name, kind) in zip(first, kinds.items(), strict=True)
        )
    )
    types = list(kinds.values())
    # The first row gives its names to all.
    selects = (select(*map(value_of, row, types)) for row in others)
    return union_all(named, *selects).cte()


def count_to_come(rows: Sequence[Any]) -> int | None:
    """Return for how many rows a statement is made; None: for any number, by PostgreSQL alone."""
    return None if len(rows) > FEW and is_postgresql() else len(rows)


def rows_to_come(name: str, kinds: Mapping[str, Any], count: int | None) -> CTE:
    """Return the same in a statement that is made once, for so many rows."""
    if count is None:
        arrays = (bindparam(f"{name}_{each}", type_=ARRAY(kind)) for each, kind in kinds.items())
        return _unnested(kinds, arrays)
    rows = [
        tuple(bindparam(f"{name}_{number}_{each}", type_=kind) for each, kind in kinds.items())
        for number in range(count)
    ]
    return literal_rows(kinds, rows)


def values_of_rows(
    name: str, kinds: Mapping[str, Any], rows: Sequence[tuple[Any, ...]], count: int | None
) -> dict[str, Any]:
    """Return the parameters of such a statement that are these rows."""
    if count is None:
        columns = map(list, zip(*rows, strict=True))
        return dict(zip((f"{name}_{each}" for each in kinds), columns, strict=True))
    return {
        f"{name}_{number}_{each}": value
        for number, row in enumerate(rows)
        for each, value in zip(kinds, row, strict=True)
    }


def _unnested(kinds: Mapping[str, Any], arrays: Iterable[Any]) -> CTE:
    derived = func.unnest(*arrays).table_valued(*_columns(kinds), name="bucket").render_derived()
    return select(derived).cte()


def _columns(kinds: Mapping[str, Any]) -> list[Any]:
    return [column(name, kind) for name, kind in kinds.items()]


def value_of(value: Any, kind: Any) -> Any:
    """Return a value as a column; what is to come is a parameter already."""
    return value if isinstance(value, BindParameter) else literal(value, kind)
