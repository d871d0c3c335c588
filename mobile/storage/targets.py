"""The rep's targets and the public holidays on the phone."""

import datetime as dt
import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from shared.metrics.targets import WHOLE, TargetPart


def target_columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a target on the wire as columns."""
    return {
        "metric_key": row["metric_key"],
        "month": row["month"],
        "amount": row["amount"],
        "parts": json.dumps(row["parts"]) if row.get("parts") is not None else None,
    }


def holiday_columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a holiday on the wire as columns."""
    return {"name": row["name"]}


@dataclass(frozen=True, slots=True)
class MonthTarget:
    """A target of a month: the full amount, and what of it counts on which days."""

    month: dt.date
    amount: int
    parts: tuple[TargetPart, ...]


def of_months(
    connection: sqlite3.Connection, metric_key: str, *, first: dt.date, last: dt.date
) -> list[MonthTarget]:
    """Return the targets from the first day's month to before the last day."""
    rows = connection.execute(
        "SELECT month, amount, parts FROM target WHERE metric_key = ? AND month >= ? AND month < ?",
        (metric_key, first.replace(day=1).isoformat(), last.isoformat()),
    )
    return [
        MonthTarget(dt.date.fromisoformat(row["month"]), row["amount"], _parts(row["parts"]))
        for row in rows
    ]


def _parts(text: str | None) -> tuple[TargetPart, ...]:
    if text is None:
        return (WHOLE,)
    return tuple(
        TargetPart(
            dt.date.fromisoformat(start) if start else None,
            dt.date.fromisoformat(end) if end else None,
            share,
        )
        for start, end, share in json.loads(text)
    )


def holidays(connection: sqlite3.Connection) -> frozenset[dt.date]:
    """Return the days that are no working days."""
    rows = connection.execute("SELECT id FROM holiday")
    return frozenset(dt.date.fromisoformat(row["id"]) for row in rows)
