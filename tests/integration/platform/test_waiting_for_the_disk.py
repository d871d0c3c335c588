"""Commits of a web server on SQLite wait for the disk together, and none is answered before."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text

from server.platform import durable
from server.platform.database import db
from server.platform.sent_forms import SentForm
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.sync.pull import snapshot
from tests.support.application import running_app
from tests.support.tapak import wait_until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
_WRITERS, _COMMITS = 6, 8


@pytest.fixture
def server(settings: Settings) -> Iterator[Flask]:
    """Give an application as the web server has it."""
    with running_app(settings, own=True) as app:
        durable.share_waits(app)
        yield app


@pytest.fixture
def database(server: Flask) -> Path:
    with server.app_context():
        return Path(str(db.engine.url.database))


def log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-wal")


def commit(server: Flask, name: bytes) -> None:
    with server.app_context(), transaction():
        db.session.execute(insert(SentForm).values(digest=name))


def test_what_is_answered_outlives_a_power_cut(
    server: Flask, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disks: list[tuple[bytes, bytes]] = []

    def write_out(log: int) -> None:
        if not disks:  # let others come, who then wait together
            wait_until(lambda: written(database) > 2)
        # The disk has what was in the file when the wait began; later bytes may be missing.
        found = (database.read_bytes(), log_of(database).read_bytes())
        os.fsync(log)
        disks.append(found)

    monkeypatch.setattr(durable, "_write_out", write_out)
    start = threading.Barrier(_WRITERS)

    def write(writer: int) -> list[tuple[bytes, int]]:
        start.wait()
        answered = []
        for number in range(_COMMITS):
            name = b"%d %d" % (writer, number)
            commit(server, name)
            answered.append((name, len(disks)))
        return answered

    with ThreadPoolExecutor(_WRITERS) as pool:
        answered = [each for found in pool.map(write, range(_WRITERS)) for each in found]

    rows = [rows_on(disk, tmp_path / "cut.db") for disk in disks]
    assert len(answered) == _WRITERS * _COMMITS
    for name, waits in answered:
        assert name in rows[waits - 1]
    assert len(disks) < len(answered)


def written(database: Path) -> int:
    """Return how many commits can be read, whatever the disk has of them."""
    with closing(sqlite3.connect(database)) as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM sent_form").fetchall()
        return int(count)


def rows_on(disk: tuple[bytes, bytes], path: Path) -> set[bytes]:
    """Return what a server finds that starts from this disk."""
    path.write_bytes(disk[0])
    log_of(path).write_bytes(disk[1])
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT digest FROM sent_form")}


def test_a_disk_that_refused_is_not_believed_again(
    server: Flask, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_log: int) -> None:
        raise OSError("input/output error")

    monkeypatch.setattr(durable, "_write_out", refuse)
    with pytest.raises(OSError, match="input/output"):
        commit(server, b"not answered")
    assert log_of(database).stat().st_size > 0

    # Whoever is told of it waits until the database itself has it.
    with server.app_context(), snapshot():
        assert db.session.scalar(select(func.count()).select_from(SentForm)) == 1
    assert log_of(database).stat().st_size == 0

    monkeypatch.undo()
    commit(server, b"answered")
    disk = (database.read_bytes(), log_of(database).read_bytes())
    assert rows_on(disk, tmp_path / "cut.db") == {b"not answered", b"answered"}


def test_sqlite_does_not_wait_by_itself(server: Flask, app: Flask) -> None:
    for each, level in ((server, 1), (app, 2)):
        with each.app_context():
            assert db.session.scalar(text("PRAGMA synchronous")) == level
