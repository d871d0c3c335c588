"""Rows written by an earlier version are still there, value by value, after the migrations."""

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Column, Connection, MetaData, Row, Table, func, insert, select

from server.platform.bulk import WRITTEN
from server.platform.database import db
from server.platform.migrating import upgrade
from server.platform.settings import Settings
from tests.support.application import running_app
from tests.support.postgres import Postgres

# The first version, and two between it and the newest: each knows tables that came after the one
# before.
EARLIER = ("0001", "0020", "0040")
VALUES: dict[type, Any] = {
    bool: True,
    bytes: b"\0\xff",
    dt.date: dt.date(2026, 3, 2),
    dt.datetime: dt.datetime(2026, 3, 2, 1, 30, 0, 123456, tzinfo=dt.UTC),
    float: -6.1754,
    int: 7,
}
# What migrations say anew of a row.
CONVERTED: frozenset[tuple[str, str]] = frozenset()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.create_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
def test_every_row_of_an_earlier_version_is_kept(empty_url: str, tmp_path: Path) -> None:
    kept: dict[str, dict[str, Any]] = {}
    settings = Settings(data=tmp_path, database_url=empty_url)
    with running_app(settings) as app, app.app_context():
        for revision in EARLIER:
            upgrade(revision=revision)
            with db.engine.begin() as connection:
                for table in tables(connection):
                    if table.name not in kept and not count(connection, table):
                        kept[table.name] = write_row(connection, table)
                # This version keeps count of what is written, in tables that are not there yet.
                connection.info.pop(WRITTEN, None)
        upgrade()
        with db.engine.begin() as connection:
            now = {table.name: table for table in tables(connection)}
            found = {name: read_row(connection, now[name]) for name in kept if name in now}

    lost = {
        f"{table}.{column}": (value, row.get(column))
        for table, row in found.items()
        for column, value in kept[table].items()
        if column in row and row[column] != value and (table, column) not in CONVERTED
    }
    assert lost == {}
    assert len(found) > 40


def tables(connection: Connection) -> list[Table]:
    """Return the tables as they are now, those that others point to first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def write_row(connection: Connection, table: Table) -> dict[str, Any]:
    """Write a row with something in every column; return it as it is read."""
    row = {column.name: value_for(connection, column) for column in table.columns}
    connection.execute(insert(table).values(row))
    return read_row(connection, table)


def read_row(connection: Connection, table: Table) -> dict[str, Any]:
    [row] = connection.execute(select(table)).all()
    return as_dict(row)


def as_dict(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)


def value_for(connection: Connection, column: Column[Any]) -> Any:
    """Return a value that the column takes: of the row it points to, or of its type."""
    for key in column.foreign_keys:
        if key.column.table is column.table:
            return None
        return connection.execute(select(key.column).limit(1)).scalar()
    if isinstance(column.type, JSON):
        return {}
    python = column.type.python_type
    length = getattr(column.type, "length", None)
    if python is uuid.UUID:
        return uuid.UUID(int=7)
    if python is str:
        return uuid.UUID(int=7).hex if length == 32 else "é"
    return VALUES[python]
