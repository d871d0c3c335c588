"""COPY: the quickest way of many rows into PostgreSQL, also while Python makes the next ones.

psycopg waits for each COPY to end. Inside `copying_ahead()` nobody does: rows are handed to the
database's process, which puts them into its table, its indexes and behind its foreign keys on
another processor. Whatever is asked of the same connection meanwhile waits for them first.
"""

import select
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn
from sqlalchemy import Connection

from server.platform.driver import COPIES, as_sqlalchemy, send_waiting
from server.platform.pipeline import error_of


def copy(connection: Connection, statement: str, rows: bytes) -> None:
    """
    Write rows by a COPY statement: now, or inside `copying_ahead()` as soon as the database can.

    :param rows: as the statement takes them
    :raises sqlalchemy.exc.DBAPIError: what the driver says
    """
    copies: Copies | None = connection.info.get(COPIES)
    driver: Any = connection.connection.dbapi_connection
    try:
        send_waiting(connection)
        if copies is not None:
            copies.add(statement, rows)
            return
        with driver.cursor().copy(statement) as copying:
            copying.write(rows)
    except psycopg.Error as error:
        raise as_sqlalchemy(connection, statement, error) from error


class Copies:
    """Rows on their way into the tables, one table after the other."""

    def __init__(self, connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        self._server: PGconn = driver.pgconn
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._work: Iterator[int] = iter(())
        """Gives the events of the socket that it waits for."""

    def add(self, statement: str, rows: bytes) -> None:
        """
        Send rows when those before are in their tables.

        :raises psycopg.Error: what the database says to rows before
        """
        self._waiting.append((statement, rows))
        self.go_on()

    def go_on(self) -> None:
        """
        Do what can be done without waiting. To be called now and then.

        :raises psycopg.Error: what the database says
        """
        for _ in self._work:
            return
        if self._waiting:
            self._work = self._copy_all()
            self.go_on()

    def finish(self) -> None:
        """
        Wait until all rows are in their tables.

        :raises psycopg.Error: what the database says
        """
        socket = select.poll()
        while True:
            for events in self._work:
                socket.register(self._server.socket, events)
                socket.poll()
            if not self._waiting:
                return
            self._work = self._copy_all()

    def give_up(self) -> None:
        """Wait until the connection can be used again; leave out what has not been sent."""
        self._waiting.clear()
        try:
            self.finish()
        except psycopg.Error:
            return  # the transaction is rolled back for another reason

    def _copy_all(self) -> Iterator[int]:
        while self._waiting:
            yield from self._copy(*self._waiting.popleft())

    def _copy(self, statement: str, rows: bytes) -> Iterator[int]:
        self._server.send_query(statement.encode())
        yield from self._result(ExecStatus.COPY_IN)
        while not self._server.put_copy_data(rows):
            yield select.POLLOUT
        self._server.put_copy_end()
        yield from self._result(ExecStatus.COMMAND_OK)
        self._server.get_result()  # none: it has said all

    def _result(self, wanted: ExecStatus) -> Iterator[int]:
        """Wait for what the database says."""
        while self._server.flush():
            yield select.POLLOUT | select.POLLIN
            self._server.consume_input()
        while True:
            self._server.consume_input()
            if not self._server.is_busy():
                break
            yield select.POLLIN
        result = self._server.get_result()
        if result is not None and result.status == wanted:
            return
        while self._server.get_result() is not None:
            """Until it has said all."""
        self._waiting.clear()
        raise error_of(result)


@contextmanager
def copying_ahead(connection: Connection) -> Iterator[Copies]:
    """
    Copy rows to PostgreSQL while more are made; at the end all are in their tables.

    :raises sqlalchemy.exc.DBAPIError: what the driver says
    """
    copies = connection.info[COPIES] = Copies(connection)
    try:
        yield copies
        copies.finish()
    except psycopg.Error as error:
        raise as_sqlalchemy(connection, "COPY", error) from error
    finally:
        del connection.info[COPIES]
        copies.give_up()
