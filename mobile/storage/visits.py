"""Visits on the phone. What was recorded here counts until the server's own word is there."""

import datetime as dt
import json
import sqlite3
from typing import Any

from shared.vocabulary import VisitState


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a visit on the wire as columns."""
    return {
        "customer_id": row["customer_id"],
        "stop_id": row.get("stop_id"),
        "state": row.get("state") or VisitState.OPEN,
        "day": row.get("day"),
        "started_at_ms": row.get("started_at_ms"),
        "ended_at_ms": row.get("ended_at_ms"),
        "verdict": row.get("verdict"),
        "distance_m": row.get("distance_m"),
        "no_sale_reason": row.get("no_sale_reason"),
        "notes": row.get("notes") or "",
        "cancel_reason": row.get("cancel_reason") or "",
        "form_answers": json.dumps(row.get("form_answers") or {}),
        "started_clock_s": row.get("started_clock_s"),
        "ended_clock_s": row.get("ended_clock_s"),
        "duration_s": row.get("duration_s"),
        "auto_closed": int(bool(row.get("auto_closed"))),
    }


# The server's word where there is one, else the evidence on this phone.
_VISITS = """
    SELECT visit.id, visit.customer_id, visit.stop_id, visit.no_sale_reason, visit.notes,
        visit.form_answers,
        coalesce(visit.started_at_ms, arrival.at_ms) AS started_at_ms,
        coalesce(visit.ended_at_ms, departure.at_ms) AS ended_at_ms,
        coalesce(visit.day, arrival.day) AS day,
        coalesce(visit.verdict, arrival.verdict) AS verdict,
        coalesce(visit.distance_m, arrival.distance_m) AS distance_m,
        arrival.accuracy_m AS accuracy_m,
        CASE
            WHEN visit.state = 'cancelled' THEN 'cancelled'
            WHEN coalesce(visit.ended_at_ms, departure.at_ms) IS NULL THEN 'open'
            ELSE 'completed'
        END AS state
    FROM visit
    LEFT JOIN presence AS arrival ON arrival.visit_id = visit.id AND arrival.kind = 'check_in'
    LEFT JOIN presence AS departure
        ON departure.visit_id = visit.id AND departure.kind = 'check_out'
"""


def find(connection: sqlite3.Connection, visit_id: str) -> sqlite3.Row | None:
    """Return a visit, or None where the phone has none of that id."""
    row: sqlite3.Row | None = connection.execute(
        f"{_VISITS} WHERE visit.id = ?", (visit_id,)
    ).fetchone()
    return row


def find_open(connection: sqlite3.Connection) -> sqlite3.Row | None:
    """Return the visit the rep is in, or None."""
    row: sqlite3.Row | None = connection.execute(
        f"SELECT * FROM ({_VISITS} WHERE visit.state != 'cancelled'"  # noqa: S608
        " AND visit.ended_at_ms IS NULL AND departure.at_ms IS NULL)"
        " ORDER BY started_at_ms DESC LIMIT 1"
    ).fetchone()
    return row


def of_day(connection: sqlite3.Connection, day: dt.date) -> list[sqlite3.Row]:
    """Return a day's visits, cancelled ones left out, in the order they began."""
    return connection.execute(
        f"SELECT * FROM ({_VISITS} WHERE visit.day = :day"  # noqa: S608
        " OR (visit.day IS NULL AND arrival.day = :day))"
        " WHERE state != 'cancelled' ORDER BY started_at_ms, id",
        {"day": day.isoformat()},
    ).fetchall()


def of_customer(
    connection: sqlite3.Connection, customer_id: str, *, limit: int
) -> list[sqlite3.Row]:
    """Return a customer's visits, newest first."""
    return connection.execute(
        f"SELECT * FROM ({_VISITS} WHERE visit.customer_id = ?)"  # noqa: S608
        " WHERE state != 'cancelled' ORDER BY started_at_ms DESC LIMIT ?",
        (customer_id, limit),
    ).fetchall()


def add_presence(
    connection: sqlite3.Connection,
    *,
    record_id: str,
    visit_id: str,
    kind: str,
    at_ms: int,
    day: dt.date,
    verdict: str,
    reason: str,
    distance_m: float | None,
    accuracy_m: float | None,
) -> None:
    """Keep what the phone saw at a check-in or check-out."""
    connection.execute(
        "INSERT INTO presence (id, visit_id, kind, at_ms, day, verdict, reason, distance_m,"
        " accuracy_m) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record_id,
            visit_id,
            kind,
            at_ms,
            day.isoformat(),
            verdict,
            reason,
            distance_m,
            accuracy_m,
        ),
    )
