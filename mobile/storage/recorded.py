"""What this phone holds about its rep: how much of each kind, and all of it to be copied."""

import json
import sqlite3
from dataclasses import asdict
from typing import Any

from mobile.storage.outbox import change_of

_COUNTS = """
    SELECT 'visit' AS kind, count(*) AS count, min(coalesce(visit.day, presence.day)) AS oldest,
        max(coalesce(visit.day, presence.day)) AS newest FROM visit LEFT JOIN presence
        ON presence.visit_id = visit.id AND presence.kind = 'check_in'
    UNION ALL SELECT kind, count(*), min(day), max(day) FROM presence GROUP BY kind
    UNION ALL SELECT 'start_day', count(*), min(day), max(day) FROM work_day
    UNION ALL SELECT 'end_day', count(*), min(day), max(day) FROM work_day
        WHERE ended_at_ms IS NOT NULL
    UNION ALL SELECT 'photo', count(*), min(coalesce(taken_at_ms, kept_at_ms)),
        max(coalesce(taken_at_ms, kept_at_ms)) FROM photo LEFT JOIN photo_file USING (sha256)
    UNION ALL SELECT 'consent', count(*), min(at_ms), max(at_ms) FROM consent
    UNION ALL SELECT 'track', count(*), min(made_at_ms), max(made_at_ms) FROM outbox
        WHERE entity = 'track'
    UNION ALL SELECT 'track_fix', count(*), min(at_ms), max(at_ms) FROM track_fix
"""
_TABLES = {
    "working_days": "SELECT * FROM work_day ORDER BY day",
    "consents": "SELECT * FROM consent ORDER BY at_ms",
    "visits": "SELECT visit.id, visit.customer_id, customer.name AS customer, stop_id, state, day,"
    " started_at_ms, ended_at_ms, verdict, distance_m, no_sale_reason, visit.notes,"
    " cancel_reason, auto_closed, form_answers FROM visit"
    " LEFT JOIN customer ON customer.id = customer_id ORDER BY started_at_ms",
    "questions_of_the_visit_form": "SELECT id, text, options FROM form_question ORDER BY position",
    "check_ins_and_check_outs": "SELECT * FROM presence ORDER BY at_ms",
    "photos": "SELECT photo.id, visit_id, expense_id, sha256, size_bytes, width_px, height_px,"
    " purpose, taken_at_ms, state, refusal, withdrawn, kept_at_ms FROM photo"
    " LEFT JOIN photo_file USING (sha256) ORDER BY taken_at_ms",
    "signals": "SELECT id, rule, day, customer, inputs, answer, decision, reason, decided_by"
    " FROM signal ORDER BY day",
    "proposed_points": "SELECT id, customer, latitude, longitude, accuracy_m, proposed_at_ms,"
    " approved, reason, decided_by FROM proposal ORDER BY proposed_at_ms",
    "numbers_of_the_office": "SELECT month, as_of_ms, currency, figures FROM own_figure"
    " ORDER BY month",
    "route_not_in_a_record_yet": "SELECT * FROM track_fix ORDER BY at_ms",
}
EVIDENCE = (
    "visit",
    "check_in",
    "check_out",
    "start_day",
    "end_day",
    "consent",
    "track",
    "photo",
    "photo.withdraw",
)
"""Entities of changes that say where the rep was and when."""


def counts(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return (kind, count, oldest, newest): days as text, or Unix milliseconds."""
    return connection.execute(_COUNTS).fetchall()


def newest_days(connection: sqlite3.Connection, *, limit: int) -> list[str]:
    """Return the days that were started, the newest first: a route is in no other."""
    rows = connection.execute("SELECT day FROM work_day ORDER BY day DESC LIMIT ?", (limit,))
    return [row["day"] for row in rows]


def newest_consent(connection: sqlite3.Connection) -> sqlite3.Row | None:
    """Return the rep's latest word about the route, or None."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT given, at_ms FROM consent ORDER BY at_ms DESC, id DESC LIMIT 1"
    ).fetchone()
    return row


def tables(connection: sqlite3.Connection) -> dict[str, list[dict[str, Any]]]:
    """Return the rows about the rep's days by a name that can be read."""
    return {
        name: [dict(row) for row in connection.execute(query)] for name, query in _TABLES.items()
    }


def noted(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return the codes the office gave to evidence, each with how often: noted, then refused."""
    marks = ", ".join("?" * len(EVIDENCE))
    return [
        (row["code"], row["count"])
        for row in connection.execute(
            "SELECT key AS code, sum(value) AS count FROM outbox, json_each(flags)"  # noqa: S608
            f" WHERE entity IN ({marks}) GROUP BY key"
            " UNION ALL SELECT code, count(*) FROM outbox"
            f" WHERE entity IN ({marks}) AND status = 'rejected' GROUP BY code",
            (*EVIDENCE, *EVIDENCE),
        )
    ]


def changes(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return each change of evidence that is still here, as it was sealed, under full names."""
    marks = ", ".join("?" * len(EVIDENCE))
    rows = connection.execute(
        f"SELECT line, status, code, flags FROM outbox WHERE entity IN ({marks})"  # noqa: S608
        " ORDER BY sequence",
        EVIDENCE,
    )
    return [
        {
            **asdict(change_of(row["line"])),
            "answer_of_the_office": row["status"] or "not sent yet",
            "refused_because": row["code"] or "",
            "noted_by_the_office": json.loads(row["flags"] or "{}"),
        }
        for row in rows
    ]
