"""Expenses on the phone."""

import sqlite3
from typing import Any


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return an expense on the wire as columns."""
    return {
        "day": row["day"],
        "kind": row["kind"],
        "amount_minor": row["amount_minor"],
        "currency": row["currency"],
        "mileage_m": row.get("mileage_m"),
        "note": row.get("note") or "",
        "state": row["state"],
        "reason": row.get("reason") or "",
    }


def find(connection: sqlite3.Connection, expense_id: str) -> sqlite3.Row | None:
    """Return an expense, or None where the phone has none of that id."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM expense WHERE id = ?", (expense_id,)
    ).fetchone()
    return row


def newest(connection: sqlite3.Connection, *, limit: int) -> list[sqlite3.Row]:
    """Return expenses, the latest day first."""
    return connection.execute(
        "SELECT * FROM expense ORDER BY day DESC, id DESC LIMIT ?", (limit,)
    ).fetchall()


def count_by_state(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many expenses are in each state."""
    rows = connection.execute("SELECT state, count(*) FROM expense GROUP BY state")
    return {row[0]: row[1] for row in rows}
