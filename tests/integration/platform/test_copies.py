"""Rows that PostgreSQL takes while more are made are there before anything else is asked."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from server.platform.bulk import insert_rows
from server.platform.copies import copying_ahead
from server.platform.database import Model, db, open_connection
from server.platform.driver import roll_back_to, run
from server.platform.prepared import Prepared
from server.platform.transaction import transaction
from server.sync.models import SyncIndex
from server.sync.transient import is_transient

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

TABLE = Model.metadata.tables[SyncIndex.__tablename__]
COUNT = select(func.count()).select_from(TABLE).where(TABLE.c.scope == "rep:copies")
COUNTED = Prepared(lambda: COUNT)
MANY = 3_000
"""Rows that fill what a socket holds more than once."""


def rows(*numbers: int, **changed: Any) -> list[dict[str, Any]]:
    at = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
    same = {"scope": "rep:copies", "entity": "task" * 9, "event": "put", "version": 1, "at": at}
    return [{**same, "record_id": f"{one:036}", "position": one, **changed} for one in numbers]


@pytest.fixture
def connection(app: Flask) -> Iterator[Connection]:
    with app.app_context(), transaction():
        yield open_connection(db.session())
        db.session.rollback()


def test_whoever_asks_finds_all_rows(connection: Connection) -> None:
    with copying_ahead(connection) as copies:
        insert_rows(TABLE, rows(*range(MANY)))
        assert COUNTED.scalar() == MANY
        insert_rows(TABLE, rows(*range(MANY, 2 * MANY)))
        copies.go_on()
        insert_rows(TABLE, rows(2 * MANY, event="\\N\t\n"))
        assert db.session.scalar(COUNT) == 2 * MANY + 1
        insert_rows(TABLE, rows(2 * MANY + 1))
    assert COUNTED.scalar() == 2 * MANY + 2
    assert db.session.scalar(select(TABLE.c.event).where(TABLE.c.position == 2 * MANY)) == "\\N\t\n"


def insert_ahead(connection: Connection, lots: Iterable[list[dict[str, Any]]]) -> None:
    with copying_ahead(connection):
        for lot in lots:
            insert_rows(TABLE, lot)


def test_what_is_refused_is_told_and_can_be_taken_back(connection: Connection) -> None:
    def left_early() -> Iterator[list[dict[str, Any]]]:
        yield rows(*range(MANY))
        raise LookupError("left")

    twice = [rows(*range(MANY)), rows(0), rows(MANY)]
    unfit = [rows(0), rows(1, event="\0")]
    for lots, told in (
        (twice, (IntegrityError, "pk_sync_index")),
        (unfit, (DataError, "0x00")),
        (left_early(), (LookupError, "left")),
    ):
        run(connection, "SAVEPOINT before")
        with pytest.raises(told[0], match=told[1]):
            insert_ahead(connection, lots)
        roll_back_to(connection, "before")
        assert COUNTED.scalar() == 0


def test_of_a_lost_connection_it_is_told_that_it_may_come_again(connection: Connection) -> None:
    backend = db.session.scalar(select(func.pg_backend_pid()))
    with db.engine.connect() as other:
        other.execute(select(func.pg_terminate_backend(backend)))
    with pytest.raises(DBAPIError) as caught:
        insert_ahead(connection, [rows(*range(MANY))] * 2)
    assert is_transient(caught.value)
    connection.invalidate()
