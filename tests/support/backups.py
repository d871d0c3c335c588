"""Backups as somebody makes them who looks after a server, and their return."""

import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from flask import Flask
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from server.platform.database import db
from tests.support.postgres import Postgres

Restore = Callable[[], None]


@contextmanager
def backed_up(app: Flask, folder: Path) -> Iterator[Restore]:
    """Copy the whole database of an application now; give what brings that copy back."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    _disconnect(app)
    if url.get_backend_name() == "sqlite":
        copy = _copy_file(url, folder)
        yield lambda: _bring_file_back(app, copy, url)
        return
    postgres = Postgres(
        url.set(drivername="postgresql", database="postgres").render_as_string(False)
    )
    name = str(url.database)
    backup = postgres.create_database(template=name)
    try:
        yield lambda: _bring_database_back(app, postgres, backup, name)
    finally:
        postgres.drop_database(backup)


def _copy_file(url: URL, folder: Path) -> Path:
    copy = folder / f"backup-{uuid.uuid4().hex}.db"
    with (
        closing(sqlite3.connect(str(url.database))) as source,
        closing(sqlite3.connect(copy)) as to,
    ):
        source.backup(to)
    return copy


def _bring_file_back(app: Flask, copy: Path, url: URL) -> None:
    _disconnect(app)
    file = Path(str(url.database))
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(copy, file)


def _bring_database_back(app: Flask, postgres: Postgres, backup: str, name: str) -> None:
    _disconnect(app)
    postgres.drop_database(name)
    postgres.run(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(backup)
        )
    )


def _disconnect(app: Flask) -> None:
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
