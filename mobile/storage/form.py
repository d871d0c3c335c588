"""The visit form on the phone: its questions, and what was answered."""

import json
import sqlite3
from typing import Any

from shared.visit_form import Answer, Question, question_of
from shared.vocabulary import AnswerKind

_KINDS = frozenset(map(str, AnswerKind))
_LISTS = ("options", "classes", "categories")


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a question on the wire as columns."""
    return {
        "key": row["key"],
        "position": row["position"],
        "kind": row["kind"],
        "text": row["text"],
        "is_required": int(row["is_required"]),
        "is_whole": int(row["is_whole"]),
        "low": row["low"],
        "high": row["high"],
        **{name: json.dumps(row[name]) for name in _LISTS},
        "is_retired": int(row["is_retired"]),
    }


def versions(connection: sqlite3.Connection) -> dict[str, Question]:
    """Return every version of every question by its id."""
    return {
        row["id"]: question_of(
            row["id"], {**dict(row), **{name: json.loads(row[name]) for name in _LISTS}}
        )
        for row in connection.execute("SELECT * FROM form_question")
        # A newer server may ask in a way that this app does not know.
        if row["kind"] in _KINDS
    }


def categories_ordered(connection: sqlite3.Connection, customer_id: str) -> frozenset[str]:
    """Return the product lines a customer has ordered of, in this visit or before."""
    rows = connection.execute(
        "SELECT DISTINCT product.category FROM deal"
        " JOIN stage ON stage.id = deal.stage_key AND stage.kind = 'won'"
        " JOIN json_each(deal.lines) AS line"
        " JOIN product ON product.id = line.value ->> 'product_id'"
        " WHERE deal.customer_id = ? AND NOT deal.voided",
        (customer_id,),
    )
    return frozenset(row["category"] for row in rows)


def answers(visit: sqlite3.Row) -> dict[str, Answer]:
    """Return a visit's answers by the ids of the versions asked."""
    found: dict[str, Answer] = json.loads(visit["form_answers"])
    return found


def last_answered(
    connection: sqlite3.Connection, customer_id: str, *, but: str
) -> sqlite3.Row | None:
    """Return the customer's newest visit with answers, but for one; its day and its answers."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT coalesce(visit.day, presence.day) AS day, visit.form_answers FROM visit"
        " LEFT JOIN presence ON presence.visit_id = visit.id AND presence.kind = 'check_in'"
        " WHERE visit.customer_id = ? AND visit.id != ? AND visit.form_answers != '{}'"
        " AND visit.state != 'cancelled'"
        " ORDER BY coalesce(visit.started_at_ms, presence.at_ms) DESC LIMIT 1",
        (customer_id, but),
    ).fetchone()
    return row
