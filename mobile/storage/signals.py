"""What people say about the rep's days, on the phone."""

import json
import sqlite3
from typing import Any


def signal_columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a signal on the wire as columns."""
    return {
        **{name: row[name] for name in ("rule", "day", "customer", "answer", "decision", "reason")},
        "decided_by": row["decided_by"],
        "inputs": json.dumps(row["inputs"]),
    }


def proposal_columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a proposed point on the wire as columns."""
    names = ("customer", "latitude", "longitude", "accuracy_m", "approved", "reason", "decided_by")
    return {**{name: row[name] for name in names}, "proposed_at_ms": row["proposed_ms"]}


def newest(connection: sqlite3.Connection, *, limit: int) -> list[sqlite3.Row]:
    """Return the newest signals: those without an answer or decision first."""
    return connection.execute(
        "SELECT * FROM signal ORDER BY decision IS NOT NULL OR answer != '', day DESC, id DESC"
        " LIMIT ?",
        (limit,),
    ).fetchall()


def find(connection: sqlite3.Connection, signal_id: str) -> sqlite3.Row | None:
    """Return a signal, or None where it was withdrawn."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM signal WHERE id = ?", (signal_id,)
    ).fetchone()
    return row


def newest_proposals(connection: sqlite3.Connection, *, limit: int) -> list[sqlite3.Row]:
    """Return the newest proposed points: those nobody has decided about first."""
    return connection.execute(
        "SELECT * FROM proposal ORDER BY approved IS NOT NULL, proposed_at_ms DESC, id LIMIT ?",
        (limit,),
    ).fetchall()
