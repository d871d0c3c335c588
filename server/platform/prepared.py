"""Statements that are asked so often that SQLAlchemy's own work on each counts.

A statement is compiled once for each kind of database, with the converters of its parameters and
columns, and goes to the driver as it is, in the transaction that is open. It makes no objects of
the session. Errors are SQLAlchemy's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Float

from server.platform.access import Access, Shape, anybody
from server.platform.bulk import Convert, note_written
from server.platform.database import db, open_connection
from server.platform.driver import ask_behind, rows_of, run

Values = Mapping[str, Any]
Row = tuple[Any, ...]

_FLOAT8, _NUMERIC = 701, 1700
"""PostgreSQL's numbers of these types: converters of numbers, and no others, want to know."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as a driver takes it."""

    text: str
    fixed: Values
    """Parameters that the statement brings along."""
    incoming: Sequence[tuple[str, Convert]]
    outgoing: Sequence[tuple[int, Convert]]
    """By place in the row."""
    order: Sequence[str]
    """Names of the parameters, which the driver takes by place."""
    written: str
    """The table that it writes."""

    def converted(self, values: Values) -> list[Any]:
        """Return parameters as the driver takes them."""
        found = {**self.fixed, **values}
        for name, convert in self.incoming:
            found[name] = convert(found[name])
        return [found[name] for name in self.order]


class Prepared:
    """A statement whose parameters are `bindparam`s, given by name each time."""

    def __init__(self, make: Callable[[], Any], *, columns: Sequence[str] | None = None) -> None:
        """
        Take a function that makes the statement.

        :param make: asked once for each kind of database, for some statements differ
        :param columns: of an INSERT, those that are given each time, by their own names
        """
        self._make = make
        self._columns = columns
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, **values: Any) -> list[Row]:
        """
        Return the rows that a statement gives.

        :raises sqlalchemy.exc.DBAPIError: what the driver says
        """
        connection, compiled = self._for_session()
        found = rows_of(connection, compiled.text, compiled.converted(values))
        if not compiled.outgoing or not found:
            return found
        columns: list[Sequence[Any]] = list(zip(*found, strict=True))
        for place, convert in compiled.outgoing:
            columns[place] = [convert(value) for value in columns[place]]
        return list(zip(*columns, strict=True))

    def ask_behind(self, **values: Any) -> None:
        """
        Ask together with the next statement that is asked something, and right behind it.

        The rows are had by asking it as usual. Only of what nothing in between changes.

        :raises sqlalchemy.exc.DBAPIError: if the driver does not take a value
        """
        connection, compiled = self._for_session()
        ask_behind(connection, compiled.text, compiled.converted(values))

    def first(self, **values: Any) -> Row | None:
        """Return the first row, or None."""
        return next(iter(self.rows(**values)), None)

    def one(self, **values: Any) -> Row:
        """Return the only row.

        :raises LookupError: if there is none
        """
        found = self.first(**values)
        if found is None:
            raise LookupError(self)
        return found

    def scalar(self, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        found = self.first(**values)
        return None if found is None else found[0]

    def write(self, **values: Any) -> None:
        """
        Write.

        :raises sqlalchemy.exc.DBAPIError: what the driver says
        """
        self.write_all([values])

    def write_all(self, rows: Iterable[Values]) -> None:
        """
        Write with each of these parameters.

        :raises sqlalchemy.exc.DBAPIError: what the driver says
        """
        connection, compiled = self._for_session()
        given = [compiled.converted(row) for row in rows]
        if given:
            run(connection, compiled.text, *given)
            note_written(connection, compiled.written)

    def _for_session(self) -> tuple[Connection, _Compiled]:
        session = db.session()
        session.flush()  # as SQLAlchemy does before it asks
        connection = open_connection(session)
        name = connection.dialect.name
        if name not in self._compiled:
            self._compiled[name] = _compile(self._make(), connection, self._columns)
        return connection, self._compiled[name]


class PreparedFor:
    """A statement about what a caller may see: made once for each role."""

    def __init__(self, make: Callable[[Access], Any]) -> None:
        """Take a function that makes the statement for an access whose ids are parameters."""
        self._make = make
        self._prepared: dict[Shape, Prepared] = {}

    def rows(self, access: Access, **values: Any) -> list[Row]:
        """
        Return the rows that the statement gives this caller.

        :raises sqlalchemy.exc.DBAPIError: what the driver says
        """
        return self._of(access.shape).rows(**access.values, **values)

    def scalar(self, access: Access, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        return self._of(access.shape).scalar(**access.values, **values)

    def _of(self, shape: Shape) -> Prepared:
        if shape not in self._prepared:
            self._prepared[shape] = Prepared(lambda: self._make(anybody(shape)))
        return self._prepared[shape]


def _compile(
    statement: Any, connection: Connection, column_keys: Sequence[str] | None
) -> _Compiled:
    dialect = connection.dialect
    compiled = statement.compile(dialect=_by_place(dialect), column_keys=column_keys)
    # One that stands in several places is there once.
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    # Lists that a statement brings along become a parameter for each value.
    expanded = compiled.construct_expanded_state(dict.fromkeys(binds) | compiled.params)
    incoming = [
        (each, bind.type.dialect_impl(dialect).bind_processor(dialect))
        for name, bind in binds.items()
        for each in expanded.parameter_expansion.get(name, [name])
    ]
    columns = compiled.effective_returning if statement.is_dml else statement.selected_columns
    given = list(columns or ())
    outgoing = [
        (
            place,
            column.type.dialect_impl(dialect).result_processor(
                dialect, _FLOAT8 if isinstance(column.type, Float) else _NUMERIC
            ),
        )
        for place, column in enumerate(given)
    ]
    return _Compiled(
        text=expanded.statement,
        fixed=expanded.parameters,
        incoming=[(name, convert) for name, convert in incoming if convert is not None],
        outgoing=[(place, convert) for place, convert in outgoing if convert is not None],
        order=expanded.positiontup or (),
        written=statement.table.name if statement.is_dml else "",
    )


@lru_cache
def _by_place(dialect: Dialect) -> Dialect:
    """Return a dialect that writes parameters as the protocol has them."""
    if dialect.name != "postgresql":
        return dialect
    numbered = copy(dialect)
    numbered.paramstyle, numbered.positional = "numeric_dollar", True
    numbered.identifier_preparer = numbered.preparer(numbered)  # which doubles no % then
    return numbered
