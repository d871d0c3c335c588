"""The rep's targets and the public holidays on the phone."""

import datetime as dt
import sqlite3
from typing import Any


def target_columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a target on the wire as columns."""
    return {"metric_key": row["metric_key"], "month": row["month"], "amount": row["amount"]}


def holiday_columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a holiday on the wire as columns."""
    return {"name": row["name"]}


def of_months(
    connection: sqlite3.Connection, metric_key: str, *, first: dt.date, last: dt.date
) -> list[tuple[dt.date, int]]:
    """Return (first day, amount) of each month from the first day's to before the last day."""
    rows = connection.execute(
        "SELECT month, amount FROM target WHERE metric_key = ? AND month >= ? AND month < ?",
        (metric_key, first.replace(day=1).isoformat(), last.isoformat()),
    )
    return [(dt.date.fromisoformat(row["month"]), row["amount"]) for row in rows]


def holidays(connection: sqlite3.Connection) -> frozenset[dt.date]:
    """Return the days that are no working days."""
    rows = connection.execute("SELECT id FROM holiday")
    return frozenset(dt.date.fromisoformat(row["id"]) for row in rows)
