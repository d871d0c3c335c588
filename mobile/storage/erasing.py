"""Emptying the phone's database."""

import sqlite3

_KEPT_TABLES = {"preference", "customer_search_version"}
"""The look; a counter that must stay, and that tells no one anything."""


def erase_rows(connection: sqlite3.Connection, *, keep: str = "") -> None:
    """Delete what the rep did and may see; the look stays, and one more table where named."""
    connection.execute("PRAGMA defer_foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    ).fetchall()
    for (table,) in tables:
        if table not in _KEPT_TABLES and table != keep:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own tables
