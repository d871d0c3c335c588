"""Whether this phone's copy says what the server's rows say; versions alone do not tell.

What was altered by hand, here or there, has the version it had. So once a week, and after a report
for whoever helps was saved, the server says digests of what the rows say. What differs is fetched
anew, and compared again.
"""

import json
import sqlite3
from typing import Any

from mobile.storage import preferences
from mobile.storage.mirrors import MIRRORS
from shared.sync import cursors
from shared.sync.protocol import PullAnswer

_NAME = "contents_compared"
_EVERY_MS = 7 * 24 * 3600 * 1000
_NEVER = 0


def ask(connection: sqlite3.Connection) -> None:
    """Compare with the next sync."""
    _keep(connection, {**state(connection), "at_ms": _NEVER})


def state(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return when contents were compared and what differed; empty before the first sync.

    `at_ms`; `differs`: entities that are being fetched anew for it; `found`: those that differed
    when it was compared last; `still`: those that differed after they had been fetched anew.
    """
    text = preferences.read(connection, _NAME)
    return dict(json.loads(text)) if text else {}


def wanted(connection: sqlite3.Connection, *, now_ms: int) -> tuple[str, ...] | None:
    """Return what a pull is to ask: None: nothing, else what differed and has been fetched anew."""
    known = state(connection)
    if not known or not (known.get("differs") or abs(now_ms - known["at_ms"]) > _EVERY_MS):
        return None
    return tuple(known.get("differs", ()))


def compare(connection: sqlite3.Connection, answer: PullAnswer, *, now_ms: int) -> list[str]:
    """Compare, after the last page was applied; return the scopes that must be fetched anew.

    What has been fetched anew for it, and differs still, is noted and left.
    """
    known = state(connection)
    if not answer.contents:
        if not known:  # all has just been fetched
            _keep(connection, {"at_ms": now_ms})
        return []
    by_scope = {
        scope: _differing(connection, scope, theirs) for scope, theirs in answer.contents.items()
    }
    found = sorted({entity for entities in by_scope.values() for entity in entities})
    if found and not known.get("differs"):
        _keep(connection, {"at_ms": _NEVER, "differs": found})
        return [scope for scope, entities in by_scope.items() if entities]
    _keep(connection, {"at_ms": now_ms, "found": known.get("differs", []), "still": found})
    return []


def _keep(connection: sqlite3.Connection, known: dict[str, Any]) -> None:
    preferences.write(connection, _NAME, json.dumps(known))


def _differing(connection: sqlite3.Connection, scope: str, theirs: dict[str, str]) -> list[str]:
    return [
        entity
        for entity in MIRRORS
        if entity in theirs and _digest(connection, scope, entity) not in (None, theirs[entity])
    ]


def _digest(connection: sqlite3.Connection, scope: str, entity: str) -> str | None:
    """Return the digest of what rows of a scope say; None where one waits to be deleted there.

    A row whose columns do not say what its base says counts as another one, unless changes of the
    rep, which wait, are laid over it.
    """
    mirror = MIRRORS[entity]
    waiting = {
        row["record_id"]
        for row in connection.execute("SELECT record_id FROM outbox WHERE state = 'pending'")
    }
    total = 0
    rows = connection.execute(
        f"SELECT row_scope.record_id AS held, mirror.* FROM row_scope LEFT JOIN {mirror.table}"  # noqa: S608
        " AS mirror ON mirror.id = row_scope.record_id WHERE scope = ? AND entity = ?",
        (scope, entity),
    )
    for row in rows:
        if row["base"] is None:
            if row["held"] in waiting:
                return None
            continue
        base = json.loads(row["base"])
        total = cursors.add(total, cursors.content_digest(entity, row["held"], base))
        if row["held"] not in waiting:
            columns = mirror.columns(base)
            if any(row[name] != value for name, value in columns.items()):
                total = cursors.add(total, 1)
    return cursors.to_text(total)
