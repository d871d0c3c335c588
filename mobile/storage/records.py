"""What has become of each thing the rep recorded."""

import sqlite3
from dataclasses import dataclass

_TITLE = """
    coalesce(
        (SELECT name FROM customer WHERE customer.id = CASE outbox.entity
            WHEN 'visit' THEN (SELECT customer_id FROM visit WHERE visit.id = outbox.record_id)
            WHEN 'deal' THEN (SELECT customer_id FROM deal WHERE deal.id = outbox.record_id)
            WHEN 'task' THEN (SELECT customer_id FROM task WHERE task.id = outbox.record_id)
            WHEN 'stop.cancel' THEN (SELECT customer_id FROM stop WHERE stop.id = outbox.record_id)
            WHEN 'check_in' THEN (SELECT customer_id FROM visit JOIN presence
                ON presence.visit_id = visit.id WHERE presence.id = outbox.record_id)
            WHEN 'check_out' THEN (SELECT customer_id FROM visit JOIN presence
                ON presence.visit_id = visit.id WHERE presence.id = outbox.record_id)
            WHEN 'photo' THEN (SELECT customer_id FROM visit JOIN photo
                ON photo.visit_id = visit.id WHERE photo.id = outbox.record_id)
            WHEN 'photo.withdraw' THEN (SELECT customer_id FROM visit JOIN photo
                ON photo.visit_id = visit.id WHERE photo.id = outbox.record_id)
            ELSE outbox.record_id
        END), '')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many changes are in which state."""

    waiting: int
    sent: int
    needs_you: int
    oldest_waiting_ms: int | None


def count(connection: sqlite3.Connection) -> Counts:
    """Count the changes by state."""
    waiting, oldest = connection.execute(
        "SELECT count(*), min(made_at_ms) FROM outbox WHERE state = 'pending'"
    ).fetchone()
    [needs_you] = connection.execute("SELECT count(*) FROM attention WHERE NOT solved").fetchone()
    [settled] = connection.execute(
        "SELECT count(*) FROM outbox WHERE state = 'settled' AND status NOT IN"
        " ('conflict', 'rejected')"
    ).fetchone()
    return Counts(waiting=waiting, sent=settled, needs_you=needs_you, oldest_waiting_ms=oldest)


def newest(connection: sqlite3.Connection, *, limit: int) -> list[sqlite3.Row]:
    """Return the newest changes; what waits or needs the rep comes before what was sent."""
    return connection.execute(
        "SELECT outbox.sequence, entity, record_id, kind, made_at_ms, state, status, code, field,"  # noqa: S608
        f" mine, theirs, coalesce(solved, 1) AS solved, {_TITLE} AS title"
        " FROM outbox LEFT JOIN attention USING (sequence)"
        " ORDER BY coalesce(solved, 1), state = 'settled', sequence DESC LIMIT ?",
        (limit,),
    ).fetchall()


def get(connection: sqlite3.Connection, sequence: int) -> sqlite3.Row | None:
    """Return what needs the rep about a change, or None."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT entity, record_id, kind, code, line, mine, theirs"
        " FROM outbox JOIN attention USING (sequence) WHERE sequence = ? AND NOT solved",
        (sequence,),
    ).fetchone()
    return row


def needing(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the ids of the records of which a change needs the rep."""
    rows = connection.execute(
        "SELECT record_id FROM outbox JOIN attention USING (sequence) WHERE NOT solved"
    )
    return frozenset(row["record_id"] for row in rows)


def mark_solved(connection: sqlite3.Connection, sequence: int) -> None:
    """Note that the rep has decided."""
    connection.execute("UPDATE attention SET solved = 1 WHERE sequence = ?", (sequence,))
