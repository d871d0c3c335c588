"""Changes that the server refused for a fault of its own: once mended, it may have taken them."""

import sqlite3
from collections.abc import Sequence

from mobile.storage import outbox
from shared.sync.change import Result, Status

_MOST = 500


def numbers(connection: sqlite3.Connection) -> tuple[int, ...]:
    """Return the changes to ask about: those, and the ones that were refused for want of them."""
    rows = connection.execute(
        "SELECT sequence, code FROM attention JOIN outbox USING (sequence)"
        " WHERE sequence > 0 AND status = ?"
        " AND (code IN ('internal', 'group') OR code LIKE '%.unknown')"
        " ORDER BY sequence DESC LIMIT ?",
        (Status.REJECTED, _MOST),
    ).fetchall()
    if not any(row["code"] == "internal" for row in rows):
        return ()
    return tuple(sorted(row["sequence"] for row in rows))


def settle_again(connection: sqlite3.Connection, results: Sequence[Result], *, at_ms: int) -> int:
    """Keep answers in place of the refusals they had; return how many are other ones."""
    known = {
        row["sequence"]: row["code"]
        for row in connection.execute(
            "SELECT sequence, code FROM attention JOIN outbox USING (sequence) WHERE status = ?",
            (Status.REJECTED,),
        )
    }
    news = [
        result
        for result in results
        if result.sequence in known
        and (result.status, result.code) != (Status.REJECTED, known[result.sequence])
    ]
    places = [(result.sequence,) for result in news]
    connection.executemany("DELETE FROM attention WHERE sequence = ?", places)
    connection.executemany(
        "UPDATE outbox SET state = 'pending', status = NULL WHERE sequence = ?", places
    )
    return outbox.settle(connection, news, at_ms=at_ms)
