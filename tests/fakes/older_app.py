"""The phone's database as an earlier version of the app has it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from mobile.storage import database
from mobile.storage.customers import search_text

_SCHEMA = Path(database.__file__).parent / "schema"


def make_older(path: Path, schema: int) -> sqlite3.Connection:
    """Return a connection to a new database of an earlier schema; whoever asks commits it."""
    connection = sqlite3.connect(path)
    connection.create_function("search_text", 5, search_text, deterministic=True)
    for script in sorted(_SCHEMA.glob("*.sql")):
        if int(script.name.partition("_")[0]) <= schema:
            connection.executescript(script.read_text("utf-8"))
    connection.execute(f"PRAGMA user_version = {schema}")
    return connection


def go_back(path: Path, schema: int) -> None:
    """Leave of a database that nobody has open what an app of an earlier schema keeps."""
    older = path.with_suffix(".older")
    with closing(make_older(older, schema)) as connection:
        connection.execute("ATTACH ? AS newer", (str(path),))
        tables = connection.execute(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        for (table,) in tables:
            columns = ", ".join(
                name for _, name, *_ in connection.execute(f"PRAGMA main.table_info ({table})")
            )
            connection.execute(f"DELETE FROM main.{table}")  # noqa: S608 - what scripts put in
            connection.execute(
                f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}"  # noqa: S608
            )
        connection.commit()
    older.replace(path)
