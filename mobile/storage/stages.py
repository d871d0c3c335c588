"""Stages of the pipeline on the phone, and the company's words for its deals."""

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


def ordered(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return the stages in their order."""
    return connection.execute("SELECT * FROM stage ORDER BY position, id").fetchall()


def word_columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a reason for losing a deal, or a source of leads, on the wire as columns."""
    return {"name": row["name"], "position": row["position"]}


def lost_reasons(connection: sqlite3.Connection) -> list[str]:
    """Return the company's reasons for losing a deal, in their order."""
    rows = connection.execute("SELECT name FROM lost_reason ORDER BY position, id")
    return [row["name"] for row in rows]


def lead_sources(connection: sqlite3.Connection) -> list[str]:
    """Return where the company's leads come from, in its order."""
    rows = connection.execute("SELECT name FROM lead_source ORDER BY position, id")
    return [row["name"] for row in rows]
