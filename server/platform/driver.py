"""Statements as they are, by the database's driver, in the transaction that is open.

Errors are those of SQLAlchemy, as of any other statement.
"""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

COPIES = "copies"
"""Among what a connection knows: rows that are on their way to it (`copies.py`)."""
_CURSOR = "cursor"


def run(
    connection: Connection, statement: str, parameters: Any = (), *, gives_rows: bool = False
) -> list[tuple[Any, ...]]:
    """
    Run a statement as it is; return its rows, none of one that gives none.

    :raises sqlalchemy.exc.DBAPIError: what the driver says
    """
    driver: Any = connection.dialect.dbapi
    try:
        cursor = cursor_of(connection)
        cursor.execute(statement, parameters)
        return cast("list[tuple[Any, ...]]", cursor.fetchall()) if gives_rows else []
    except driver.Error as error:
        raise as_sqlalchemy(connection, statement, error) from error


def run_all(connection: Connection, statement: str, parameters: Sequence[Any]) -> None:
    """
    Run a statement with each of these parameters.

    :raises sqlalchemy.exc.DBAPIError: what the driver says
    """
    if len(parameters) == 1:
        run(connection, statement, parameters[0])
    elif parameters:
        driver: Any = connection.dialect.dbapi
        try:
            cursor_of(connection).executemany(statement, parameters)
        except driver.Error as error:
            raise as_sqlalchemy(connection, statement, error) from error


def cursor_of(connection: Connection) -> Any:
    """Return a cursor: PostgreSQL's driver takes as long to make one as to run most statements.

    :raises psycopg.Error: what the database says to rows that were on their way to it
    """
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "postgresql":
        return driver.cursor()
    info = connection.info
    if (copies := info.get(COPIES)) is not None:
        copies.finish()
    cursor = info.get(_CURSOR)
    if cursor is None or cursor.closed:
        cursor = info[_CURSOR] = driver.cursor()
    return cursor


def as_sqlalchemy(connection: Connection, statement: str, error: Exception) -> Exception:
    """Return the driver's error as SQLAlchemy's."""
    driver: Any = connection.dialect.dbapi
    made: Exception = DBAPIError.instance(
        statement, None, error, driver.Error, dialect=connection.dialect
    )
    return made
