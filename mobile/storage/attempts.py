"""How the last attempts to sync went, for the sync screen and for support."""

import sqlite3

_KEPT = 20


def add(
    connection: sqlite3.Connection, *, at_ms: int, sent: int, received: int, problem: str
) -> None:
    """Note an attempt; `problem` is the code of why it failed, empty where it did not."""
    connection.execute(
        "INSERT INTO sync_attempt (at_ms, sent, received, problem) VALUES (?, ?, ?, ?)",
        (at_ms, sent, received, problem),
    )
    connection.execute(
        "DELETE FROM sync_attempt WHERE number <= (SELECT max(number) FROM sync_attempt) - ?",
        (_KEPT,),
    )


def newest(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return the attempts, newest first."""
    return connection.execute("SELECT * FROM sync_attempt ORDER BY number DESC").fetchall()
