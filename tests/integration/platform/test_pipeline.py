"""Statements that go to PostgreSQL together do what they do one by one, and errors are told."""

import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, bindparam, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.platform.connections import plan_for_pages
from server.platform.database import Model, db, open_connection
from server.platform.driver import gather, roll_back_to, run, settle
from server.platform.prepared import Prepared
from server.platform.transaction import transaction
from server.sync.models import Scope
from server.sync.transient import is_transient

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

TABLE = Model.metadata.tables[Scope.__tablename__]
ENTER = Prepared(lambda: insert(TABLE), columns=["id", "head", "floor", "digest"])
COUNT = select(func.count()).select_from(TABLE).where(TABLE.c.id.like("pipe%"))
COUNTED = Prepared(lambda: COUNT)
HEAD = Prepared(lambda: select(TABLE.c.head).where(TABLE.c.id == bindparam("id")))


@pytest.fixture
def connection(app: Flask) -> Iterator[Connection]:
    with app.app_context(), transaction():
        connection = open_connection(db.session())
        gather(connection)
        yield connection
        db.session.rollback()


def enter(*names: str, head: int = 1) -> None:
    ENTER.write_all({"id": name, "head": head, "floor": 0, "digest": "0"} for name in names)


def enter_gathered(*names: str) -> None:
    gather(open_connection(db.session()))
    enter(*names)


def kept(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(COUNT) or 0


def test_whoever_asks_finds_what_was_written_before(connection: Connection) -> None:
    enter("pipe 1", "pipe 2")
    assert COUNTED.scalar() == 2
    enter("pipe 3")
    assert db.session.scalar(COUNT) == 3
    enter("pipe 4", head=5_000_000_000)
    db.session.execute(text("UPDATE sync_scope SET floor = head WHERE id = 'pipe 4'"))
    assert HEAD.scalar(id="pipe 4") == 5_000_000_000
    assert HEAD.rows(id="pipe 5") == []


def test_what_is_asked_behind_another_sees_what_was_written_before(connection: Connection) -> None:
    HEAD.ask_behind(id="pipe 1")
    enter("pipe 1", head=3)
    assert COUNTED.scalar() == 1
    assert HEAD.rows(id="pipe 2") == []
    assert HEAD.rows(id="pipe 1") == [(3,)]
    db.session.execute(text("UPDATE sync_scope SET head = 4 WHERE id = 'pipe 1'"))
    assert HEAD.rows(id="pipe 1") == [(4,)]


def test_several_are_asked_behind_and_a_savepoint_undoes_what_they_saw(
    connection: Connection,
) -> None:
    run(connection, "SAVEPOINT before")
    enter("pipe 1", head=3)
    HEAD.ask_behind(id="pipe 1")
    HEAD.ask_behind(id="pipe 2")
    assert COUNTED.scalar() == 1
    db.session.execute(text("UPDATE sync_scope SET head = 4"))  # not to be seen by what was asked
    assert HEAD.rows(id="pipe 2") == []
    assert HEAD.rows(id="pipe 1") == [(3,)]
    HEAD.ask_behind(id="pipe 1")
    assert COUNTED.scalar() == 1
    roll_back_to(connection, "before")
    assert HEAD.rows(id="pipe 1") == []


def test_what_is_refused_is_told_and_can_be_taken_back(connection: Connection) -> None:
    for sent_before in (False, True):
        run(connection, "SAVEPOINT before")
        if sent_before:
            settle(connection)
        enter("pipe 1", "pipe 1")
        with pytest.raises(IntegrityError, match="pk_sync_scope"):
            COUNTED.scalar()
        roll_back_to(connection, "before")
        assert COUNTED.scalar() == 0
    enter("pipe 1")
    run(connection, "SAVEPOINT unsent")
    enter("pipe 2")
    roll_back_to(connection, "unsent")
    assert COUNTED.scalar() == 1
    enter("pipe 1")
    with pytest.raises(IntegrityError):
        settle(connection)


def test_a_commit_takes_along_what_waits_or_says_why_not(app: Flask) -> None:
    with app.app_context():
        with transaction():
            enter_gathered("pipe 1")
        with pytest.raises(IntegrityError), transaction():
            enter_gathered("pipe 2", "pipe 1")
        with suppress(LookupError), transaction():
            enter_gathered("pipe 3")
            raise LookupError
        db.session.remove()
    assert kept(app) == 1


def test_without_gathering_a_write_is_told_at_once(app: Flask) -> None:
    with app.app_context(), transaction():
        enter("pipe 1")
        with pytest.raises(IntegrityError):
            enter("pipe 1")
        db.session.rollback()


def test_a_read_in_another_isolation_begins_as_the_driver_would(app: Flask) -> None:
    with app.app_context():
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        db.session.connection(execution_options=options)
        assert COUNTED.scalar() == 0
        assert db.session.scalar(text("SHOW transaction_isolation")) == "repeatable read"
        assert db.session.scalar(text("SHOW transaction_read_only")) == "on"
        db.session.rollback()


def test_plans_are_kept_from_one_transaction_to_the_next(app: Flask) -> None:
    prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement ~ 'sync_scope'")
    with app.app_context():
        plan_for_pages(db.engine)
        db.engine.dispose()
        for number in range(5):
            with transaction():
                gather(open_connection(db.session()))
                enter(f"pipe {number}", head=10 ** (2 * number))
                assert COUNTED.scalar() == number + 1
            db.session.rollback()
        assert db.session.scalar(prepared) == 2
        with transaction():
            gather(open_connection(db.session()))
            run(open_connection(db.session()), "SAVEPOINT before")
            enter("pipe 1")
            with pytest.raises(IntegrityError):
                COUNTED.scalar()
            roll_back_to(open_connection(db.session()), "before")
            enter("pipe 5")
            assert COUNTED.scalar() == 6
        assert db.session.scalar(prepared) == 2


def test_of_a_lost_connection_it_is_told_that_it_may_come_again(app: Flask) -> None:
    def lose() -> None:
        with transaction():
            backend = db.session.scalar(select(func.pg_backend_pid()))
            with db.engine.connect() as other:
                other.execute(select(func.pg_terminate_backend(backend)))
            enter_gathered("pipe 1")
            COUNTED.scalar()

    with app.app_context():
        with pytest.raises(DBAPIError) as caught:
            lose()
        assert is_transient(caught.value)
        with transaction():
            enter("pipe 2")
    assert kept(app) == 1


def test_who_is_called_away_while_waiting_leaves_no_answers_behind(app: Flask) -> None:
    class CalledAwayError(Exception):
        pass

    def call_away(*_: Any) -> None:
        raise CalledAwayError

    def wait() -> None:
        with transaction():
            enter_gathered("pipe 1")
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            Prepared(lambda: select(func.pg_sleep(60))).scalar()

    before = signal.signal(signal.SIGALRM, call_away)
    try:
        with app.app_context():
            with pytest.raises((CalledAwayError, DBAPIError)):
                wait()
            with transaction():
                assert COUNTED.scalar() == 0
    finally:
        signal.signal(signal.SIGALRM, before)
