"""Where the rep was during the visit that is going on."""

import sqlite3

from shared.checkin.leaving import Presence


def find(connection: sqlite3.Connection, visit_id: str) -> Presence | None:
    """Return what is known, or None before the first fix."""
    row = connection.execute("SELECT * FROM visit_watch WHERE visit_id = ?", (visit_id,)).fetchone()
    return Presence(row["last_inside_ms"], row["away_since_ms"]) if row else None


def keep(connection: sqlite3.Connection, visit_id: str, presence: Presence) -> None:
    """Keep what is known."""
    connection.execute(
        "INSERT INTO visit_watch (visit_id, last_inside_ms, away_since_ms) VALUES (?, ?, ?)"
        " ON CONFLICT (visit_id) DO UPDATE SET last_inside_ms = excluded.last_inside_ms,"
        " away_since_ms = excluded.away_since_ms",
        (visit_id, presence.last_inside_ms, presence.away_since_ms),
    )


def day_ends(connection: sqlite3.Connection, visit_id: str) -> bool:
    """Return whether the rep wanted to end the day during the visit."""
    row = connection.execute(
        "SELECT day_ends FROM visit_watch WHERE visit_id = ?", (visit_id,)
    ).fetchone()
    return bool(row and row["day_ends"])


def note_end_of_day(connection: sqlite3.Connection, visit_id: str, *, ends: bool) -> None:
    """Note that the rep wants to end the day, or goes on after all."""
    connection.execute(
        "UPDATE visit_watch SET day_ends = ? WHERE visit_id = ?", (int(ends), visit_id)
    )
