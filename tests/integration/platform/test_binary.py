"""What goes to PostgreSQL in its binary form is what an INSERT would have written."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    delete,
    select,
    text,
)
from sqlalchemy.exc import StatementError

from server.platform.binary import in_binary
from server.platform.bulk import insert_rows
from server.platform.database import ExactDecimal, Id, Model, UtcDateTime, db
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.vocabulary import TaskState

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

TABLE = Table(
    "every_type",
    MetaData(),
    Column("id", Id),
    Column("short", String(20)),
    Column("long", Text),
    Column("rate", ExactDecimal),
    Column("said", JSON),
    Column("said_or_not", JSON(none_as_null=True)),
    Column("line", LargeBinary),
    Column("at", UtcDateTime),
    Column("day", Date),
    Column("big", BigInteger),
    Column("whole", Integer),
    Column("small", SmallInteger),
    Column("real", Double),
    Column("is_so", Boolean),
    prefixes=["TEMPORARY"],
)
SOME, MANY = 20, 200
ERRORS = (StatementError, ValueError, TypeError, AttributeError)
WIB = dt.timezone(dt.timedelta(hours=7))
VALUES: dict[str, list[Any]] = {
    "id": [new_id(), "F47AC10B-58CC-4372-A567-0E02B2C3D479", None],
    "short": ["", "Ünï店\t\\N\n", TaskState.OPEN, None],
    "long": ['"', "a" * 3_000, None],
    "rate": [Decimal("16250.50"), Decimal("1E+3"), Decimal("-0.000001"), None],
    "said": [{"ä": [1, None, 0.1]}, [], "text", 2**60, None],
    "said_or_not": [{}, 0, None],
    "line": [b"", bytes(range(256)), None],
    "at": [
        dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, dt.UTC),
        dt.datetime(2026, 3, 2, 6, 30, 0, 1, WIB),
        dt.datetime(9999, 12, 31, tzinfo=dt.UTC),
        None,
    ],
    "day": [dt.date(1, 1, 1), dt.date(1999, 12, 31), dt.date(9999, 12, 31), None],
    "big": [-(2**63), 2**63 - 1, 0, None],
    "whole": [-(2**31), 2**31 - 1, None],
    "small": [-(2**15), 2**15 - 1, None],
    "real": [0.1, -1e-308, 5, 1e308, None],
    "is_so": [True, False, None],
}


def rows(how_many: int, **changed: Any) -> list[dict[str, Any]]:
    """Make rows of these values, each column in a rhythm of its own."""
    return [
        {name: values[number % len(values)] for name, values in (VALUES | changed).items()}
        for number in range(how_many)
    ]


def written(made: list[dict[str, Any]]) -> list[Any]:
    insert_rows(TABLE, made)
    found = db.session.execute(select(*(text(f"{name}::text") for name in VALUES), TABLE)).all()
    db.session.execute(delete(TABLE))
    return list(found)


@pytest.mark.parametrize("how_many", [SOME, MANY])
def test_all_values_are_those_of_an_insert(app: Flask, how_many: int) -> None:
    same = {name: [value] for name, values in VALUES.items() for value in values[:1]}
    nothing = {name: [None] for name in VALUES}
    with app.app_context(), transaction():
        TABLE.create(db.session.connection())
        for changed in ({}, same, nothing):
            made = rows(how_many, **changed)
            one_by_one = [row for each in made for row in written([each])]
            # A short row may lie in a page before that of a long one.
            assert sorted(written(made), key=str) == sorted(one_by_one, key=str)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "f47ac10b"),
        ("short", "a" * 21),
        ("long", "\0"),
        ("small", 2**15),
        ("day", "2026-03-02"),
        ("at", dt.datetime(2026, 3, 2)),  # noqa: DTZ001
        ("said", {1}),
    ],
)
def test_what_does_not_fit_is_told_as_of_an_insert(app: Flask, name: str, value: Any) -> None:
    with app.app_context(), transaction():
        TABLE.create(db.session.connection())
        told = []
        for how_many in (1, SOME, MANY):
            refused = rows(how_many)
            refused[-1][name] = value
            with pytest.raises(ERRORS) as caught, db.session.begin_nested():
                insert_rows(TABLE, refused)
            told.append(type(caught.value))
        assert len(set(told)) == 1


def test_every_table_that_phones_write_to_is_known(app: Flask) -> None:
    with app.app_context():
        tables = Model.metadata.sorted_tables
    row_of = {table: [(None,)] * len(table.columns) for table in tables}
    unknown = [t.name for t in tables if in_binary(t, tuple(t.columns.keys()), row_of[t]) is None]
    assert unknown == ["photo_blob"]
