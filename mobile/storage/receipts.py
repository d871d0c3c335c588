"""Receipts of an expense that is being written: they are recorded when the expense is."""

import sqlite3
from typing import Any


def add(
    connection: sqlite3.Connection, expense_id: str, picture: dict[str, Any], *, at_ms: int
) -> bool:
    """Keep a receipt for an expense (empty id: the new one); return False where it is there."""
    written = connection.execute(
        "INSERT INTO receipt_draft (expense_id, sha256, size_bytes, width_px, height_px,"
        " taken_at_ms) VALUES (:expense_id, :sha256, :size_bytes, :width_px, :height_px, :at_ms)"
        " ON CONFLICT DO UPDATE SET removed = 0 WHERE removed",
        {**picture, "expense_id": expense_id, "at_ms": at_ms},
    )
    return written.rowcount > 0


def of_expense(connection: sqlite3.Connection, expense_id: str) -> list[sqlite3.Row]:
    """Return the receipts that wait for an expense to be saved, in the order they were taken."""
    return connection.execute(
        "SELECT id, sha256, size_bytes, width_px, height_px, taken_at_ms FROM receipt_draft"
        " WHERE expense_id = ? AND NOT removed ORDER BY taken_at_ms, sha256",
        (expense_id,),
    ).fetchall()


def set_removed(connection: sqlite3.Connection, draft_id: int, *, removed: bool) -> None:
    """Take one away, or bring it back."""
    connection.execute("UPDATE receipt_draft SET removed = ? WHERE id = ?", (removed, draft_id))


def clear(connection: sqlite3.Connection, expense_id: str) -> None:
    """Forget them: they are recorded, or their expense is gone."""
    connection.execute("DELETE FROM receipt_draft WHERE expense_id = ?", (expense_id,))
