"""Commits of SQLite that wait for the disk together.

Left to itself SQLite waits for the disk inside each commit, and whoever writes next waits for
that: as long as a phone's small push takes by itself. Where a web server shares the wait, a commit
is only written into SQLite's log, the next may begin, and its request waits until the disk has the
log: once for all that were written before the wait began. Nothing is answered earlier.

The log is one sequence with checksums, so what a power cut leaves of it is its beginning. Others
may read what is written before the disk has it; to phones it is told only afterwards, for they
remember how far they have come (`server/sync/pull.py`).
"""

import os
import sqlite3
import threading
from collections.abc import Callable

from flask import Flask, current_app
from sqlalchemy import Engine, event

from server.platform.database import db

_SHARED = "shared_wait"
_write_out: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)  # macOS has one of them


class SharedWait:
    """Counts what is written into the log, and how much of it the disk has."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._log = ""
        self._written = 0
        self._kept = 0
        self._lock = threading.Lock()
        self._is_doubtful = False
        """The disk has refused once: of what it was given then, nobody knows what it has."""
        event.listen(engine, "connect", self._prepare)

    def _prepare(self, connection: sqlite3.Connection, _record: object) -> None:
        # Connections are told to wait for each commit (database.py). From here on the log is
        # written out by SQLite only before its pages go into the database, and by `wait`.
        connection.execute("PRAGMA synchronous = NORMAL")
        [(_, _, path)] = connection.execute("PRAGMA database_list").fetchall()
        self._log = f"{path}-wal"

    def note_commit(self) -> None:
        """Count a commit. Called by the one who writes, before anybody else does."""
        self._written += 1

    def wait(self) -> None:
        """
        Wait until the disk has all that is written by now.

        :raises OSError: if the disk refuses; what was written may still be lost then
        :raises sqlite3.Error: the same
        """
        wanted = self._written
        if self._kept >= wanted:
            return
        with self._lock:
            if self._kept >= wanted:  # somebody waited for all meanwhile
                return
            written = self._written
            if self._is_doubtful:
                self._empty_log()
            else:
                self._is_doubtful = True
                self._write_log_out()
            self._is_doubtful = False
            self._kept = written

    def _write_log_out(self) -> None:
        log = os.open(self._log, os.O_RDWR)
        try:
            _write_out(log)
        finally:
            os.close(log)

    def _empty_log(self) -> None:
        """Move all of the log into the database: a second `fdatasync` would only seem to work."""
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            [(is_busy, _, _)] = cursor.fetchall()
        finally:
            connection.close()
        if is_busy:
            raise TimeoutError("somebody reads from the log")


def share_waits(app: Flask) -> None:
    """Let the commits of this process wait together. On PostgreSQL they do anyway."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            app.extensions[_SHARED] = SharedWait(db.engine)


def shared_wait() -> SharedWait | None:
    """Return what commits wait for together; None where each waits by itself."""
    shared: SharedWait | None = current_app.extensions.get(_SHARED)
    return shared


def wait_for_disk() -> None:
    """Wait until nothing that can be read would be lost by a power cut. Errors: `wait`."""
    if (shared := shared_wait()) is not None:
        shared.wait()
