"""Inserting many rows at once, at a fraction of what SQLAlchemy asks for each.

A statement and the converters of its columns are worked out once for a table. PostgreSQL takes
very many rows by COPY and others by one INSERT with an array of each column, both in its binary
form, and a few value by value; SQLite takes lots of fifty.
Errors are those of SQLAlchemy, as of any other statement.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, count, islice, repeat
from operator import is_, itemgetter
from typing import Any

import orjson
from sqlalchemy import JSON, Connection, Date, Dialect, LargeBinary, Table
from sqlalchemy.types import TypeEngine

from server.platform.binary import in_arrays, in_binary
from server.platform.copies import copy
from server.platform.database import UtcDateTime, db, open_connection, utc_text
from server.platform.driver import COPIES, is_gathering, run, run_encoded

WRITTEN = "written_tables"
"""Among what a connection knows: the names of the tables written in its transaction."""
Columns = dict[str, Any]
Convert = Callable[[Any], Any]
_FEW, _SOME = 8, 160
"""Up to so few rows Python is quicker with values than with arrays; up to so many INSERT is
quicker than COPY, which goes to the server and back twice, and of more, too, where it goes along
with the next question."""
_LOT = 50
"""So many rows one INSERT has at most: to begin and end one costs SQLite a fifth of a small row."""


def insert_rows(table: Table, rows: Sequence[Columns]) -> None:
    """
    Insert rows of one table; the columns' defaults fill in what a row leaves out.

    :param rows: by column name
    :raises sqlalchemy.exc.DBAPIError: if the database refuses one; none is inserted then, as far
        as the caller undoes its savepoint
    """
    alike: dict[tuple[str, ...], list[Columns]] = {}
    for row in rows:
        alike.setdefault(tuple(row), []).append(row)
    for names, some in alike.items():
        insert_tuples(table, names, [*map(_taking(names), some)])


def insert_tuples(
    table: Table,
    names: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    *,
    replacing: tuple[str, ...] = (),
) -> None:
    """
    Insert rows of one table that all give the same columns; defaults fill in the others.

    :param names: of the columns, in the order of each row
    :param replacing: as `insert_columns`
    :raises sqlalchemy.exc.DBAPIError: as `insert_rows`
    """
    if rows:
        insert_columns(table, names, [*zip(*rows, strict=True)], replacing=replacing)


def insert_columns(
    table: Table,
    names: tuple[str, ...],
    columns: Sequence[Sequence[Any]],
    *,
    replacing: tuple[str, ...] = (),
) -> None:
    """
    Insert rows of one table, given by columns: a converter is then called in one loop.

    :param names: of the columns, which have at least one row; defaults fill in the others
    :param replacing: columns of a key; a row takes the place of the one that has the same. No two
        of these rows have it
    :raises sqlalchemy.exc.DBAPIError: as `insert_rows`
    """
    connection = open_connection(db.session())
    note_written(connection, table.name)
    how_many = len(columns[0])
    made = _made_by_default(table, names)
    names = (*names, *(name for name, _ in made))
    given = [*columns, *(_made(default, how_many) for _, default in made)]
    is_postgresql = connection.dialect.name == "postgresql"
    if is_postgresql and _write_encoded(connection, table, names, given, replacing):
        return
    for place, convert in _converters(table, names, connection.dialect):
        given[place] = _converted(given[place], convert)
    values = list(zip(*given, strict=True))
    for rows_each, lots in _in_lots(values, min(_LOT, how_many) if is_postgresql else _LOT):
        statement = _insertion(table, names, connection.dialect, replacing, rows=rows_each)
        run(connection, statement, *lots)


def _write_encoded(
    connection: Connection,
    table: Table,
    names: tuple[str, ...],
    columns: Sequence[Sequence[Any]],
    replacing: tuple[str, ...],
) -> bool:
    """Write rows in PostgreSQL's binary form, if there are enough of them and it is known how."""
    how_many, dialect = len(columns[0]), connection.dialect
    goes_apart = COPIES in connection.info or (how_many > _SOME and not is_gathering(connection))
    if goes_apart and not replacing:
        binary = in_binary(table, names, columns)
        if binary is not None:
            copy(connection, _copying(table, names, dialect), binary)
        return binary is not None
    arrays = in_arrays(table, names, columns) if how_many > _FEW else None
    if arrays is not None:
        run_encoded(connection, _insertion(table, names, dialect, replacing), arrays)
    return arrays is not None


def _in_lots(
    values: Sequence[tuple[Any, ...]], size: int
) -> Iterator[tuple[int, Sequence[Sequence[Any]]]]:
    """Give whole lots of rows, each put together for one statement, and the rest row by row."""
    whole = len(values) - len(values) % size
    if whole:
        starts = range(0, whole, size)
        yield size, [[*chain.from_iterable(values[at : at + size])] for at in starts]
    if whole < len(values):
        yield 1, values[whole:]


def note_written(connection: Connection, table: str) -> None:
    """Note that a table is written in the transaction of this connection."""
    connection.info.setdefault(WRITTEN, set()).add(table)


@lru_cache(maxsize=256)
def _made_by_default(table: Table, given: tuple[str, ...]) -> Sequence[tuple[str, Any]]:
    """Return name and default of the columns that are not given and have one."""
    return [
        (column.name, column.default)
        for column in table.columns
        if column.default is not None and column.name not in given
    ]


@lru_cache(maxsize=256)
def _taking(names: tuple[str, ...]) -> Callable[[Columns], tuple[Any, ...]]:
    """Return what takes these columns out of a row."""
    if len(names) == 1:
        return lambda row: (row[names[0]],)
    return itemgetter(*names)


def _made(default: Any, count: int) -> list[Any]:
    if default.is_callable:
        return [default.arg(None) for _ in range(count)]
    return [default.arg] * count


def _converted(column: Sequence[Any], convert: Convert) -> list[Any]:
    first = column[0]
    if all(map(is_, column, repeat(first))):  # many a column says the same all along
        return [convert(first)] * len(column)
    return list(map(convert, column))


@lru_cache(maxsize=256)
def _converters(
    table: Table, names: tuple[str, ...], dialect: Dialect
) -> Sequence[tuple[int, Convert]]:
    """Return by place how a value becomes what the driver takes."""
    converters = (_converter(table.columns[name].type, dialect) for name in names)
    return [(place, convert) for place, convert in enumerate(converters) if convert is not None]


@lru_cache(maxsize=1024)
def _insertion(
    table: Table,
    names: tuple[str, ...],
    dialect: Dialect,
    replacing: tuple[str, ...],
    *,
    rows: int = 0,
) -> str:
    """Return the INSERT of so many rows; without, of as many as arrays of the columns have."""
    marks = (f"${number}" if dialect.name == "postgresql" else "?" for number in count(1))
    if rows:
        lists = (f"({', '.join(islice(marks, len(names)))})" for _ in range(rows))
        given = f"VALUES {', '.join(lists)}"
    else:
        given = f"SELECT * FROM unnest({', '.join(islice(marks, len(names)))})"  # noqa: S608
    place, columns = _quoted(table, names, dialect)
    statement = f"INSERT INTO {place} ({columns}) {given}"
    if not replacing:
        return statement
    quote = dialect.identifier_preparer.quote
    others = [quote(name) for name in names if name not in replacing]
    news = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f"{statement} ON CONFLICT ({', '.join(map(quote, replacing))}) DO UPDATE SET {news}"


@lru_cache(maxsize=256)
def _copying(table: Table, names: tuple[str, ...], dialect: Dialect) -> str:
    place, columns = _quoted(table, names, dialect)
    return f"COPY {place} ({columns}) FROM STDIN (FORMAT binary)"


def _quoted(table: Table, names: tuple[str, ...], dialect: Dialect) -> tuple[str, str]:
    """Return a table and columns of it as a statement spells them."""
    quote = dialect.identifier_preparer.quote
    return quote(table.name), ", ".join(quote(name) for name in names)


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """Return how a value becomes what the driver takes: text, where it would make one."""
    match kind:
        case UtcDateTime() if dialect.name == "postgresql":
            return utc_text
        case Date():
            return _day_text
        case LargeBinary():
            return None  # drivers take bytes
    convert: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return _quick_json(convert) if convert is not None and isinstance(kind, JSON) else convert


def _day_text(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _quick_json(convert: Convert) -> Convert:
    """Write JSON with the quick writer; what it does not take, and NULL, as SQLAlchemy does."""

    def write(value: Any) -> Any:
        if value is None:
            return convert(value)
        try:
            return orjson.dumps(value).decode()
        except TypeError:
            return convert(value)

    return write
