"""Working days and the consent to tracking, as recorded on this phone."""

import datetime as dt
import sqlite3


def find(connection: sqlite3.Connection, day: dt.date) -> sqlite3.Row | None:
    """Return the working day, or None before it was started."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM work_day WHERE day = ?", (day.isoformat(),)
    ).fetchone()
    return row


def find_running(connection: sqlite3.Connection) -> sqlite3.Row | None:
    """Return the working day that was started last and has not ended, or None."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM work_day WHERE ended_at_ms IS NULL ORDER BY day DESC LIMIT 1"
    ).fetchone()
    return row


def may_record(connection: sqlite3.Connection, day: dt.date) -> bool:
    """Return whether the rep's way may be recorded: this day runs, and the rep has agreed.

    A day of the past that nobody ended does not go on: it is no leave to record at night.
    """
    work_day = find(connection, day)
    runs = work_day is not None and work_day["ended_at_ms"] is None
    return runs and consent(connection) is True


def unended_before(connection: sqlite3.Connection, day: dt.date) -> list[sqlite3.Row]:
    """Return earlier days that nobody ended."""
    return connection.execute(
        "SELECT * FROM work_day WHERE ended_at_ms IS NULL AND day < ?", (day.isoformat(),)
    ).fetchall()


def start(connection: sqlite3.Connection, *, record_id: str, day: dt.date, at_ms: int) -> None:
    """Keep the start of a day."""
    connection.execute(
        "INSERT INTO work_day (id, day, started_at_ms) VALUES (?, ?, ?)",
        (record_id, day.isoformat(), at_ms),
    )


def end(connection: sqlite3.Connection, *, record_id: str, at_ms: int) -> None:
    """Keep the end of a day."""
    connection.execute("UPDATE work_day SET ended_at_ms = ? WHERE id = ?", (at_ms, record_id))


def keep_consent(
    connection: sqlite3.Connection, *, record_id: str, given: bool, at_ms: int
) -> None:
    """Keep the rep's yes or no."""
    connection.execute(
        "INSERT INTO consent (id, given, at_ms) VALUES (?, ?, ?)", (record_id, given, at_ms)
    )


def consent(connection: sqlite3.Connection) -> bool | None:
    """Return the rep's latest word about the route; None before the first."""
    row = connection.execute("SELECT given FROM consent ORDER BY at_ms DESC, id DESC").fetchone()
    return bool(row["given"]) if row else None
