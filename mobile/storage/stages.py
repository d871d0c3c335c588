"""Stages of the pipeline on the phone."""

import sqlite3
from typing import Any

from shared.vocabulary import StageKind


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a stage on the wire as columns."""
    return {"name": row["name"], "kind": row["kind"], "position": row["position"]}


def find_won(connection: sqlite3.Connection) -> str | None:
    """Return the key of the stage an order begins in, or None before the first sync."""
    row = connection.execute(
        "SELECT id FROM stage WHERE kind = ? ORDER BY position LIMIT 1", (StageKind.WON,)
    ).fetchone()
    return str(row["id"]) if row else None
