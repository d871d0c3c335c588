"""Statements as they are, by the database's driver, in the transaction that is open.

Errors are those of SQLAlchemy, as of any other statement. PostgreSQL may get several at once
(`gather`, `pipeline.py`).
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from server.platform.pipeline import Encoded, Pipeline

COPIES = "copies"
"""Among what a connection knows: rows that are on their way to it (`copies.py`)."""
_PIPELINE = "pipeline"

Answer = TypeVar("Answer")
Parameters = Sequence[Any]
"""By place: $1, $2 and so on in statements to PostgreSQL, ? in those to SQLite."""


def rows_of(
    connection: Connection, statement: str, parameters: Parameters = ()
) -> list[tuple[Any, ...]]:
    """
    Return the rows that a statement gives.

    :raises sqlalchemy.exc.DBAPIError: what the driver says
    """

    def ask() -> list[tuple[Any, ...]]:
        if (pipeline := pipeline_of(connection)) is not None:
            return pipeline.ask(statement, parameters)
        cursor = _driver(connection).execute(statement, parameters)
        return cast("list[tuple[Any, ...]]", cursor.fetchall())

    return _told(connection, statement, ask)


def ask_behind(connection: Connection, statement: str, parameters: Parameters = ()) -> None:
    """Let PostgreSQL answer this together with what is asked next; `rows_of` gives the rows."""
    if (pipeline := pipeline_of(connection)) is not None:
        _told(connection, statement, lambda: pipeline.ask_behind(statement, parameters))


def run(connection: Connection, statement: str, *parameters: Parameters) -> None:
    """
    Run a statement that gives no rows; with each of the parameters, if there are any.

    :raises sqlalchemy.exc.DBAPIError: what the driver says, if it does so at once
    """

    def send() -> None:
        if (pipeline := pipeline_of(connection)) is not None:
            for each in parameters or ((),):
                pipeline.send(statement, each)
            _finish_or_gather(connection, pipeline)
        elif len(parameters) > 1:
            _driver(connection).executemany(statement, parameters)
        else:
            _driver(connection).execute(statement, *parameters)

    _told(connection, statement, send)


def run_encoded(connection: Connection, statement: str, values: Sequence[Encoded]) -> None:
    """
    Run a statement that gives no rows on PostgreSQL, with values in its binary form.

    :raises sqlalchemy.exc.DBAPIError: what the driver says, if it does so at once
    """
    if (pipeline := pipeline_of(connection)) is None:
        raise TypeError("only PostgreSQL takes its binary form")

    def send() -> None:
        pipeline.send_encoded(statement, values)
        _finish_or_gather(connection, pipeline)

    _told(connection, statement, send)


def _finish_or_gather(connection: Connection, pipeline: Pipeline) -> None:
    # SQLAlchemy expects no error of the end of a savepoint.
    if not pipeline.gathers or connection.in_nested_transaction():
        pipeline.finish()


def gather(connection: Connection) -> None:
    """
    Let PostgreSQL get writes together with the next question, to the end of the transaction.

    Its statements are about a few rows each, and come again in other transactions. Errors of a
    write are told by what is asked next, by `settle` or by the commit, and its locks taken then.
    """
    if (pipeline := pipeline_of(connection)) is not None:
        pipeline.gather()


def is_gathering(connection: Connection) -> bool:
    """Return whether a write waits for the next question."""
    pipeline: Pipeline | None = connection.info.get(_PIPELINE)
    return pipeline is not None and pipeline.gathers


def settle(connection: Connection) -> None:
    """
    Wait until all is done that was run.

    :raises sqlalchemy.exc.DBAPIError: what the driver says
    """
    if (pipeline := pipeline_of(connection)) is not None:
        _told(connection, "", pipeline.finish)


def send_waiting(connection: Connection) -> None:
    """
    Send what was run, before the driver itself is asked something.

    :raises psycopg.Error: what the database says
    """
    pipeline: Pipeline | None = connection.info.get(_PIPELINE)
    if pipeline is not None:
        pipeline.finish()


def roll_back_to(connection: Connection, savepoint: str) -> None:
    """
    Undo what was run since a savepoint, which was `run` itself.

    :raises sqlalchemy.exc.DBAPIError: what the driver says
    """
    if (pipeline := pipeline_of(connection)) is not None:
        _told(connection, savepoint, lambda: pipeline.roll_back_to(savepoint))
    else:
        run(connection, f"ROLLBACK TO SAVEPOINT {savepoint}")


def pipeline_of(connection: Connection) -> Pipeline | None:
    """
    Return what goes over a connection, if it is one to PostgreSQL.

    :raises psycopg.Error: what the database says to rows that were on their way to it
    """
    if connection.dialect.name != "postgresql":
        return None
    info = connection.info
    if (copies := info.get(COPIES)) is not None:
        copies.finish()
    pipeline: Pipeline | None = info.get(_PIPELINE)
    if pipeline is None:
        pipeline = info[_PIPELINE] = Pipeline(_driver(connection))
    return pipeline


def as_sqlalchemy(connection: Connection, statement: str, error: Exception) -> Exception:
    """Return the driver's error as SQLAlchemy's."""
    driver: Any = connection.dialect.dbapi
    made: Exception = DBAPIError.instance(
        statement, None, error, driver.Error, dialect=connection.dialect
    )
    return made


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _told(connection: Connection, statement: str, do: Callable[[], Answer]) -> Answer:
    driver: Any = connection.dialect.dbapi
    try:
        return do()
    except driver.Error as error:
        raise as_sqlalchemy(connection, statement, error) from error


@event.listens_for(Engine, "before_cursor_execute")
def _settle_first(connection: Connection, *_: object) -> None:
    """Let what SQLAlchemy asks see what was run before."""
    if COPIES in connection.info or _PIPELINE in connection.info:
        settle(connection)


@event.listens_for(Engine, "commit")
def _commit(connection: Connection) -> None:
    pipeline: Pipeline | None = connection.info.get(_PIPELINE)
    if pipeline is not None:
        _told(connection, "COMMIT", pipeline.commit)


@event.listens_for(Engine, "rollback")
def _forget(connection: Connection) -> None:
    pipeline: Pipeline | None = None
    if not connection.invalidated:
        pipeline = connection.info.get(_PIPELINE)
    if pipeline is not None:
        pipeline.forget()


@event.listens_for(Engine, "checkin")
def _forget_at_rest(_connection: Any, record: Any) -> None:
    if (pipeline := record.info.get(_PIPELINE)) is not None:
        pipeline.forget()
