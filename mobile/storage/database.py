"""The phone's SQLite file: one writer, many readers, and nothing lost when the power goes.

`synchronous=FULL` costs one fsync a commit and is what lets the app say "saved on phone".
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mobile.storage.customers import search_text
from mobile.storage.examination import SOUND, Examination, check

_SCHEMA = Path(__file__).parent / "schema"
_BUSY_TIMEOUT_S = 15.0
_READER_CACHE_KB = 512
"""Each thread has a reader; the system keeps the file's pages anyway. SQLite would take 2 MB."""


class DatabaseDamagedError(Exception):
    """The file is not a sound database any more. Nothing may be written to it."""


class Database:
    """Opens the file, brings its schema up to date, and hands out connections."""

    def __init__(self, path: Path, *, examination: Examination | None = None) -> None:
        """
        Open the database.

        :param examination: of the file, where it was begun earlier

        :raises DatabaseDamagedError: if SQLite's own check finds damage
        """
        self.path = path
        self._write_lock = threading.RLock()
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._readers_lock = threading.Lock()
        try:
            self._writer = self._connect()
            self._check(examination)
            self._migrate()
        except sqlite3.OperationalError:  # busy, disk full: the world, not the file
            raise
        except (sqlite3.DatabaseError, DatabaseDamagedError) as error:
            if (writer := getattr(self, "_writer", None)) is not None:
                writer.close()
            raise DatabaseDamagedError(str(error)) from error

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """
        Give the writer in a transaction of its own: all of it is saved, or nothing.

        Inside another `write` of the same thread it joins that transaction.
        """
        with self._write_lock:
            if _is_in_transaction(self._writer):
                yield self._writer
                return
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                # A failed COMMIT (disk full) may have ended the transaction already.
                if _is_in_transaction(self._writer):
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give this thread's reader, with one view of the data for the whole block."""
        connection = self._reader()
        if _is_in_transaction(connection):
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close every connection."""
        with self._write_lock, self._readers_lock:
            for connection in (*self._readers, self._writer):
                connection.close()
            self._readers.clear()

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            connection.execute(f"PRAGMA cache_size = -{_READER_CACHE_KB}")
            self._local.connection = connection
            with self._readers_lock:
                self._readers.append(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=_BUSY_TIMEOUT_S,
            isolation_level=None,  # we say BEGIN and COMMIT ourselves
            check_same_thread=False,
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _check(self, examination: Examination | None) -> None:
        answer = (examination and examination.answer()) or check(self._writer)
        if answer != SOUND:
            raise DatabaseDamagedError(answer)

    def _migrate(self) -> None:
        self._writer.create_function("search_text", 5, search_text, deterministic=True)
        for script in sorted(_SCHEMA.glob("*.sql")):
            number = int(script.name.partition("_")[0])
            with self.write() as connection:
                if number <= int(connection.execute("PRAGMA user_version").fetchone()[0]):
                    continue
                for statement in _statements(script.read_text()):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")


def _is_in_transaction(connection: sqlite3.Connection) -> bool:
    return connection.in_transaction


def _statements(script: str) -> Iterator[str]:
    """Split a script; `executescript` would commit after each statement."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def is_sound(path: Path) -> bool:
    """Return whether SQLite finds nothing wrong with the file."""
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")
