"""Stops of the journey plan on the phone."""

import datetime as dt
import sqlite3
from typing import Any


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a stop on the wire as columns."""
    return {
        "customer_id": row["customer_id"],
        "day": row["day"],
        "sequence": row["sequence"],
        "state": row["state"],
        "cancel_reason": row.get("cancel_reason") or "",
    }


def of_day(connection: sqlite3.Connection, day: dt.date) -> list[sqlite3.Row]:
    """Return a day's stops in planned order."""
    return connection.execute(
        "SELECT * FROM stop WHERE day = ? ORDER BY sequence, id", (day.isoformat(),)
    ).fetchall()
