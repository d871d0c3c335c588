"""Choices of this phone's user, by name."""

import sqlite3


def read(connection: sqlite3.Connection, name: str) -> str | None:
    """Return a choice, or None where none was made."""
    row = connection.execute("SELECT value FROM preference WHERE name = ?", (name,)).fetchone()
    return str(row["value"]) if row else None


def write(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Keep a choice."""
    connection.execute(
        "INSERT INTO preference (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def delete(connection: sqlite3.Connection, name: str) -> None:
    """Go back to what is usual."""
    connection.execute("DELETE FROM preference WHERE name = ?", (name,))
