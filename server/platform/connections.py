"""What each connection to a database is told when it begins, and how a dead one is noticed."""

import select
import sqlite3
import time
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.types.string import TextLoader
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import InvalidatePoolError

from shared.money import convert_minor
from shared.schemas.limits import MAX_MINOR

LOCK_WAIT_MS = 15_000
"""A request waits no longer for a lock of the database that somebody else holds."""
MOST_CONNECTIONS = 15
"""Of each process, at once."""
# Who comes gets the connection used last. To PostgreSQL it has its statements prepared. On SQLite,
# where one writes at a time, all write by the same one: its pages in memory are good as long as
# nobody has written by another.
LAST_FIRST = {"pool_use_lifo": True}
# SQLAlchemy's usual pool keeps five and closes the others after each use: of fifty phones that
# push at once, every tenth push began a process of PostgreSQL. SQLite opens a file in less than the
# memory of a connection is worth.
KEEP_ALL_CONNECTIONS = {"pool_size": MOST_CONNECTIONS, "max_overflow": 0}
_RESTS_SINCE = "rests_since"
_TRUSTED_S = 30.0
"""A connection that rested for longer is asked whether it still stands."""


def _converted(amount_minor: int | None, rate: str | None) -> int | None:
    """Be `converted` of `server/platform/sql.py` for SQLite, which has no exact decimals."""
    if amount_minor is None or rate is None:
        return None
    found = convert_minor(amount_minor, Decimal(rate))
    return found if abs(found) <= MAX_MINOR else None


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # The driver must not open transactions by itself: `transaction()` begins them IMMEDIATE,
    # because a read that later writes could otherwise fail with SQLITE_BUSY at once.
    connection.isolation_level = None
    connection.create_function("converted", 2, _converted, deterministic=True)
    cursor = connection.cursor()
    # Of a new database: half as many pages to write as of the usual size.
    cursor.execute("PRAGMA page_size = 8192")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MS}")
    # KiB, of each connection: a web server has fifteen. The system keeps the file's pages as well.
    cursor.execute("PRAGMA cache_size = -16384")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.close()


@event.listens_for(Engine, "connect")
def _prepare_postgresql(connection: Any, _record: Any) -> None:
    if not isinstance(connection, psycopg.Connection):
        return
    # PostgreSQL compiles statements it thinks are dear. Ours read thousands of rows, not billions:
    # on a page of a large company that took 680 of 1,070 ms.
    connection.autocommit = True
    connection.execute("SET jit = off")
    connection.autocommit = False
    # Ids are texts here (`Id`). The driver would make an object of each, and SQLAlchemy a text of
    # the object, which took longer than all else that is done to a row.
    connection.adapters.register_loader("uuid", TextLoader)


def plan_for_pages(engine: Engine) -> None:
    """Have PostgreSQL plan for many small answers at once, as a web server asks for them."""
    event.listen(engine, "connect", _plan_for_pages)


def _plan_for_pages(connection: Any, _record: Any) -> None:
    if not isinstance(connection, psycopg.Connection):
        return
    connection.autocommit = True
    # Somebody else's page waits for each processor that a statement takes besides its own, and to
    # start these takes as long as most statements do.
    connection.execute("SET max_parallel_workers_per_gather = 0")
    # What pages read is in memory or on a disk without a moving head. By PostgreSQL's usual guess a
    # row found by an index is as dear as four pages of a table read in their order.
    connection.execute("SET random_page_cost = 1.1")
    # Who holds a row and does nothing must not take every thread of the server with it: a request
    # gives up, as on SQLite, and is told to come again.
    connection.execute(f"SET lock_timeout = {LOCK_WAIT_MS}")
    connection.autocommit = False
    # The driver forgets what it prepared at each rollback, with which every page ends, and lets
    # PostgreSQL forget all, also what `pipeline.py` keeps.
    connection.prepare_threshold = None


@event.listens_for(Engine, "checkin")
def _note_rest(_connection: Any, record: Any) -> None:
    record.info[_RESTS_SINCE] = time.monotonic()


@event.listens_for(Engine, "checkout")
def _look_for_life(connection: Any, record: Any, _fairy: Any) -> None:
    """
    Replace a connection that PostgreSQL has given up, before a request works on it.

    To ask it each time took as long as most statements do. One that was ended has something to
    read, its end; one that rested for long may have been dropped silently on the way.
    """
    since = record.info.get(_RESTS_SINCE)
    if since is None or not isinstance(connection, psycopg.Connection):
        return
    try:
        if not _has_something_to_read(connection) and time.monotonic() - since < _TRUSTED_S:
            return
        connection.autocommit = True
        connection.execute("SELECT 1")
        connection.autocommit = False
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def _has_something_to_read(connection: psycopg.Connection[Any]) -> bool:
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Any) -> None:
    if connection.dialect.name == "sqlite":
        immediate = connection.get_execution_options().get("sqlite_immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
