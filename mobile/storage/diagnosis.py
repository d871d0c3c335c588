"""How this phone's database and its sync stand, for whoever helps the rep: no record of anybody."""

import sqlite3
from contextlib import closing
from typing import Any

from mobile.storage import attempts, contents, records
from mobile.storage.mirrors import MIRRORS

_REFUSED = 50
"""Changes the office refused of which the codes are listed."""


def read(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return counts, positions, codes and times; neither names nor places, keys or tokens."""
    counts = records.count(connection)
    return {
        "chain": _row(
            connection, "SELECT next_sequence, settled, epoch, hex(head) AS head FROM device"
        ),
        "time": _row(
            connection,
            "SELECT anchor_at_ms, anchor_elapsed_ms, anchor_boot_id, last_sync_at_ms FROM device",
        ),
        "changes": {
            "waiting": counts.waiting,
            "oldest_waiting_ms": counts.oldest_waiting_ms,
            "sent": counts.sent,
            "needs_you": counts.needs_you,
            "waiting_by_entity": dict(
                connection.execute(
                    "SELECT entity, count(*) FROM outbox WHERE state = 'pending' GROUP BY entity"
                ).fetchall()
            ),
            "refused": _rows(
                connection,
                "SELECT sequence, entity, kind, record_id, status, code, field FROM outbox"
                " WHERE status IN ('rejected', 'conflict') ORDER BY sequence DESC LIMIT ?",
                _REFUSED,
            ),
        },
        "scopes": _rows(
            connection,
            "SELECT scope, position, staged_position, floor, (SELECT count(*) FROM row_scope"
            " WHERE row_scope.scope = cursor.scope) AS rows FROM cursor ORDER BY scope",
        ),
        "contents": contents.state(connection),
        "pages_put_aside": connection.execute("SELECT count(*) FROM inbox").fetchone()[0],
        "rows": {
            entity: connection.execute(f"SELECT count(*) FROM {mirror.table}").fetchone()[0]  # noqa: S608
            for entity, mirror in MIRRORS.items()
        },
        "attempts": [dict(row) for row in attempts.newest(connection)],
        "database": {
            "check": connection.execute("PRAGMA quick_check(5)").fetchone()[0],
            "schema": connection.execute("PRAGMA user_version").fetchone()[0],
            "pages": connection.execute("PRAGMA page_count").fetchone()[0],
            "page_bytes": connection.execute("PRAGMA page_size").fetchone()[0],
            "sqlite": sqlite3.sqlite_version,
        },
    }


def _row(connection: sqlite3.Connection, statement: str) -> dict[str, Any]:
    row = connection.execute(statement).fetchone()
    return {} if row is None else dict(row)


def _rows(connection: sqlite3.Connection, statement: str, *values: object) -> list[dict[str, Any]]:
    with closing(connection.execute(statement, values)) as found:
        return [dict(row) for row in found]
