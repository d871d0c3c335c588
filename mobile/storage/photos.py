"""Photos on the phone: their records, and which of their files are here and wait to be sent."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from shared.vocabulary import PhotoPurpose, PhotoState

KEEP_PRESENT_MS = 7 * 24 * 3600 * 1000
"""Files are kept so much longer than the server has needed to say that it has them."""
KEEP_WITHDRAWN_MS = 24 * 3600 * 1000
KEEP_REFUSED_MS = 30 * 24 * 3600 * 1000


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a photo on the wire as columns."""
    return {
        "visit_id": row.get("visit_id"),
        "expense_id": row.get("expense_id"),
        "sha256": row["sha256"],
        "size_bytes": row["size_bytes"],
        "width_px": row["width_px"],
        "height_px": row["height_px"],
        "purpose": row["purpose"],
        "taken_at_ms": row.get("taken_at_ms"),
        "state": row.get("state") or PhotoState.EXPECTED,
        "refusal": row.get("refusal") or "",
        "withdrawn": int(row.get("withdrawn") or False),
    }


_SHOWN = (
    "SELECT photo.id, sha256, purpose, photo.state, refusal, coalesce(problem, '') AS problem,"
    " coalesce(taken_at_ms, kept_at_ms) AS at_ms, kept_at_ms IS NOT NULL AS has_file"
    " FROM photo LEFT JOIN photo_file USING (sha256)"
)


def of_visit(connection: sqlite3.Connection, visit_id: str) -> list[sqlite3.Row]:
    """Return a visit's photos in the order they were taken, those taken back left out."""
    return connection.execute(
        f"{_SHOWN} WHERE visit_id = ? AND NOT withdrawn ORDER BY at_ms, photo.id", (visit_id,)
    ).fetchall()


def for_the_visit_itself(connection: sqlite3.Connection, visit_id: str) -> list[sqlite3.Row]:
    """Return those of a visit's photos that answer no question."""
    return [row for row in of_visit(connection, visit_id) if row["purpose"] != PhotoPurpose.FORM]


def of_expense(connection: sqlite3.Connection, expense_id: str) -> list[sqlite3.Row]:
    """Return an expense's receipts in the order they were taken, those taken back left out."""
    return connection.execute(
        f"{_SHOWN} WHERE expense_id = ? AND NOT withdrawn ORDER BY at_ms, photo.id", (expense_id,)
    ).fetchall()


def count_receipts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many receipts each expense has; one without is left out."""
    rows = connection.execute(
        "SELECT expense_id, count(*) FROM photo"
        " WHERE expense_id IS NOT NULL AND NOT withdrawn GROUP BY expense_id"
    )
    return {row[0]: row[1] for row in rows}


def find(connection: sqlite3.Connection, photo_id: str) -> sqlite3.Row | None:
    """Return a photo's record, or None."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT id, visit_id, expense_id, sha256, withdrawn FROM photo WHERE id = ?", (photo_id,)
    ).fetchone()
    return row


def add_file(connection: sqlite3.Connection, sha256: str, *, at_ms: int) -> None:
    """Note that a photo's file is here."""
    connection.execute(
        "INSERT INTO photo_file (sha256, kept_at_ms) VALUES (?, ?)"
        " ON CONFLICT (sha256) DO UPDATE SET kept_at_ms = excluded.kept_at_ms, problem = ''",
        (sha256, at_ms),
    )


@dataclass(frozen=True, slots=True)
class WaitingPhoto:
    """A photo whose record the server has, and whose bytes it does not."""

    sha256: str
    size_bytes: int


_WAITS = (
    " FROM photo JOIN photo_file USING (sha256)"
    " WHERE photo.state = 'expected' AND NOT withdrawn AND problem = ''"
)


def to_send(connection: sqlite3.Connection) -> list[WaitingPhoto]:
    """Return what can be sent, the oldest first: records go before their bytes."""
    rows = connection.execute(
        f"SELECT sha256, size_bytes{_WAITS} AND base IS NOT NULL"
        " GROUP BY sha256 ORDER BY min(kept_at_ms), sha256"
    )
    return [WaitingPhoto(row["sha256"], row["size_bytes"]) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoCounts:
    """How many photos are only on this phone."""

    waiting: int
    bytes_waiting: int
    stuck: int
    """Those the server refused, or whose file is gone."""


def count(connection: sqlite3.Connection) -> PhotoCounts:
    """Count the photos whose bytes the server does not have."""
    waiting, size = connection.execute(
        "SELECT count(*), coalesce(sum(size_bytes), 0)"  # noqa: S608
        f" FROM (SELECT DISTINCT sha256, size_bytes{_WAITS})"
    ).fetchone()
    [stuck] = connection.execute(
        "SELECT count(*) FROM photo LEFT JOIN photo_file USING (sha256)"
        " WHERE NOT withdrawn AND (photo.state = 'refused'"
        " OR (photo.state = 'expected' AND coalesce(problem, '') != ''))"
    ).fetchone()
    return PhotoCounts(waiting=waiting, bytes_waiting=size, stuck=stuck)


def note_present(connection: sqlite3.Connection, sha256: str) -> None:
    """Note that the server has all bytes of a photo, until its row says so, or what else is."""
    connection.execute(
        "UPDATE photo SET state = 'present' WHERE sha256 = ? AND state = 'expected'", (sha256,)
    )


def note_problem(connection: sqlite3.Connection, sha256: str, code: str) -> None:
    """Note why a file cannot be sent; it is not tried again."""
    connection.execute("UPDATE photo_file SET problem = ? WHERE sha256 = ?", (code, sha256))


def forget_files(connection: sqlite3.Connection, *, now_ms: int) -> list[str]:
    """Forget files that are needed no longer; return their hashes, to delete them."""
    rows = connection.execute(
        "DELETE FROM photo_file WHERE NOT EXISTS (SELECT 1 FROM photo"
        " WHERE photo.sha256 = photo_file.sha256 AND kept_at_ms > :now - CASE"
        " WHEN photo.withdrawn THEN :withdrawn"
        " WHEN photo.state = 'refused' THEN :refused"
        " WHEN photo.state = 'present' THEN :present"
        " ELSE :now END) AND sha256 NOT IN (SELECT sha256 FROM receipt_draft WHERE NOT removed)"
        " AND kept_at_ms < :now - :withdrawn RETURNING sha256",
        {
            "now": now_ms,
            "withdrawn": KEEP_WITHDRAWN_MS,
            "refused": KEEP_REFUSED_MS,
            "present": KEEP_PRESENT_MS,
        },
    )
    return [row["sha256"] for row in rows.fetchall()]


_SAFE = (
    " FROM photo_file JOIN photo USING (sha256)"
    " GROUP BY sha256 HAVING max(photo.state = 'present') AND NOT"
    " max(photo.state != 'present' AND NOT withdrawn)"
)


def safe_files(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return (sha256, size_bytes) of the files here that the server says it has."""
    return connection.execute(f"SELECT sha256, max(size_bytes) AS size_bytes{_SAFE}").fetchall()


def forget_safe_files(connection: sqlite3.Connection) -> list[str]:
    """Forget them; return their hashes, to delete them."""
    rows = connection.execute(
        f"DELETE FROM photo_file WHERE sha256 IN (SELECT sha256{_SAFE}) RETURNING sha256"  # noqa: S608
    )
    return [row["sha256"] for row in rows.fetchall()]


def has_file(connection: sqlite3.Connection, sha256: str) -> bool:
    """Return whether a photo's file belongs to something."""
    row = connection.execute("SELECT 1 FROM photo_file WHERE sha256 = ?", (sha256,)).fetchone()
    return row is not None
