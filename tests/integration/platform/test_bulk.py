"""Rows that go in at once are all there, however many they are, or none is, on both databases."""

import datetime as dt
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server.platform.bulk import insert_rows, insert_tuples
from server.platform.database import Model, db
from server.platform.transaction import transaction
from server.sync.models import SyncIndex

AT = dt.datetime(2026, 3, 2, 9, 30, 1, tzinfo=dt.UTC)
TABLE = Model.metadata.tables[SyncIndex.__tablename__]


def rows(count: int) -> list[dict[str, Any]]:
    """Make rows of which every second names its columns in another order."""
    made = []
    for number in range(count):
        row: dict[str, Any] = {
            "scope": f"rep:{count}",
            "entity": "task",
            "record_id": f"{number:05}",
        }
        last: dict[str, Any] = {"event": "put", "version": number, "at": AT}
        position = {"position": number}
        made.append(row | position | last if number % 2 else row | last | position)
    return made


def there(count: int) -> list[dict[str, Any]]:
    """Return those of so many that are there."""
    kept = select(TABLE).where(TABLE.c.scope == f"rep:{count}").order_by(TABLE.c.record_id)
    return [dict(row) for row in db.session.execute(kept).mappings()]


def test_all_rows_are_there(app: Flask) -> None:
    with app.app_context(), transaction():
        for count in (0, 1, 2, 8, 17, 18, 100, 223):
            insert_rows(TABLE, rows(count))
            assert there(count) == rows(count)


def test_rows_take_the_place_of_those_with_their_key(app: Flask) -> None:
    key = ("scope", "entity", "record_id")
    names = (*key, "position", "event", "version", "at")
    with app.app_context(), transaction():
        for count in (1, 8, 120):
            insert_rows(TABLE, rows(count)[::2])
            new = [
                {**row, "position": row["position"] + 500, "event": "del"} for row in rows(count)
            ]
            values = [tuple(row[name] for name in names) for row in new]
            insert_tuples(TABLE, names, values, replacing=key)
            assert there(count) == new


def test_rows_that_only_the_driver_can_write_are_there(app: Flask) -> None:
    with app.app_context(), transaction():
        as_texts = [row | {"version": str(row["version"])} for row in rows(20_002)]
        insert_rows(TABLE, as_texts)
        assert [row["version"] for row in there(20_002)] == [*range(20_002)]


def test_a_savepoint_takes_them_back(app: Flask) -> None:
    with app.app_context(), transaction():
        for count in (1, 8, 223):
            with suppress(LookupError), db.session.begin_nested():
                insert_rows(TABLE, rows(count))
                raise LookupError
            with pytest.raises(IntegrityError), db.session.begin_nested():
                insert_rows(TABLE, [*rows(count), rows(count)[0]])
            assert not there(count)
