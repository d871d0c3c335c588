"""Receipts of an expense that is being written: they are recorded when the expense is."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from shared.sync.change import Captured

KEEP_UNSAVED_MS = 45 * 24 * 3600 * 1000
"""So long a receipt waits for its expense to be saved."""


def add(
    connection: sqlite3.Connection,
    expense_id: str,
    picture: dict[str, Any],
    *,
    at_ms: int,
    captured: Captured,
) -> bool:
    """Keep a receipt for an expense (empty id: the new one); return False where it is there."""
    written = connection.execute(
        "INSERT INTO receipt_draft (expense_id, sha256, size_bytes, width_px, height_px,"
        " taken_at_ms, captured) VALUES (:expense_id, :sha256, :size_bytes, :width_px, :height_px,"
        " :at_ms, :captured) ON CONFLICT DO UPDATE SET removed = 0 WHERE removed",
        {
            **picture,
            "expense_id": expense_id,
            "at_ms": at_ms,
            "captured": json.dumps(captured.to_wire()),
        },
    )
    return written.rowcount > 0


def of_expense(connection: sqlite3.Connection, expense_id: str) -> list[sqlite3.Row]:
    """Return the receipts that wait for an expense to be saved, in the order they were taken."""
    return connection.execute(
        "SELECT id, sha256, size_bytes, width_px, height_px, taken_at_ms, captured"
        " FROM receipt_draft"
        " WHERE expense_id = ? AND NOT removed ORDER BY taken_at_ms, sha256",
        (expense_id,),
    ).fetchall()


def set_removed(connection: sqlite3.Connection, draft_id: int, *, removed: bool) -> None:
    """Take one away, or bring it back."""
    connection.execute("UPDATE receipt_draft SET removed = ? WHERE id = ?", (removed, draft_id))


def remove_all(connection: sqlite3.Connection, expense_id: str) -> tuple[int, ...]:
    """Take away those that wait for an expense to be saved; return their numbers."""
    removed = connection.execute(
        "UPDATE receipt_draft SET removed = 1 WHERE expense_id = ? AND NOT removed RETURNING id",
        (expense_id,),
    )
    return tuple(row["id"] for row in removed)


def restore(connection: sqlite3.Connection, draft_ids: Sequence[int]) -> None:
    """Bring back what was taken away."""
    connection.executemany(
        "UPDATE receipt_draft SET removed = 0 WHERE id = ?", [(one,) for one in draft_ids]
    )


def captured(row: sqlite3.Row) -> Captured | None:
    """Return when a receipt was photographed; None where an older version of the app did it."""
    return Captured.from_wire(json.loads(row["captured"])) if row["captured"] else None


def forget_unsaved(connection: sqlite3.Connection, *, now_ms: int) -> None:
    """Forget those whose expense is gone, or was never saved; their files go afterwards."""
    connection.execute(
        "DELETE FROM receipt_draft WHERE taken_at_ms < ? OR expense_id != ''"
        " AND NOT EXISTS (SELECT 1 FROM expense WHERE expense.id = expense_id)",
        (now_ms - KEEP_UNSAVED_MS,),
    )


def clear(connection: sqlite3.Connection, expense_id: str) -> None:
    """Forget them: they are recorded, or their expense is gone."""
    connection.execute("DELETE FROM receipt_draft WHERE expense_id = ?", (expense_id,))
