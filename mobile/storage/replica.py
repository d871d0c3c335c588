"""The server's rows on the phone, with what the rep did since laid on top.

A row's `base` is what the server last said. Its columns are the base plus the rep's changes that
have no answer yet, in the order they were made; so a pull never takes back what the rep just did.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import Any

from mobile.storage.folding import folded
from mobile.storage.mirrors import (
    MIRRORS,
    Columns,
    Mirror,
    chunks,
    columns_of,
    find,
    in_no_scope,
    lacks_rows,
    remove,
    write,
)
from shared.sync import chain, cursors
from shared.sync.protocol import Change, PullAnswer, RowChange, RowEvent, Status

_UNSEEN = -1
_PAGE = 1_000
_DRAFTED = """status IN (:no, :conflict) AND NOT EXISTS (
    SELECT 1 FROM outbox AS later WHERE later.record_id = outbox.record_id
    AND later.entity = outbox.entity AND later.sequence > outbox.sequence
    AND later.status IN ('ok', 'merged', 'dup'))"""
"""Refused, and not corrected since: what the server took later says more."""


def base_version(connection: sqlite3.Connection, entity: str, record_id: str) -> int:
    """Return the version of the row as the server last gave it; 0 for one it has not seen."""
    row = find(connection, MIRRORS[entity].table, record_id)
    return int(row["base_version"] or 0) if row else 0


def rebuild(connection: sqlite3.Connection, record_id: str, entity: str) -> None:
    """Write a record's columns anew: its base, and the pending changes laid on top."""
    mirror = MIRRORS.get(entity)
    if mirror is None:
        return  # evidence has no view of its own
    row = find(connection, mirror.table, record_id)
    view = json.loads(row["base"]) if row and row["base"] else None
    # A draft that the server refused to create has no base: it is all that the rep did to it.
    states = "state = 'pending'" if view else f"(state = 'pending' OR {_DRAFTED})"
    lines = connection.execute(
        f"SELECT line FROM outbox WHERE record_id = :id AND {states} ORDER BY sequence",  # noqa: S608
        {"id": record_id, "no": Status.REJECTED, "conflict": Status.CONFLICT},
    )
    changes = [Change.from_body(chain.split(line)[0]) for (line,) in lines]
    view = folded(view, changes)
    if view is None and row is not None:
        view = folded(_left(connection, mirror, record_id), changes)
    if view is not None:
        write(connection, mirror, {record_id: mirror.columns(view)})
    elif row is not None:
        remove(connection, mirror, record_id)


def _left(connection: sqlite3.Connection, mirror: Mirror, record_id: str) -> dict[str, Any] | None:
    """Return a row that the rep may see no longer as it is shown, while a change of it waits."""
    if mirror.as_sent is None or not _has_pending(connection, record_id):
        return None
    row = connection.execute(
        f"SELECT * FROM {mirror.table} WHERE id = ?",  # noqa: S608
        (record_id,),
    ).fetchone()
    return mirror.as_sent(row)


def apply_page(connection: sqlite3.Connection, answer: PullAnswer) -> int:
    """Take a page of the first sync in at once; return how many rows."""
    apply_changes(connection, answer.changes)
    _reach(connection, answer)
    if not answer.more:  # until then it is the first sync
        connection.execute("UPDATE cursor SET position = staged_position")
    return len(answer.changes)


def stage(connection: sqlite3.Connection, answer: PullAnswer) -> None:
    """Put a page aside, and note how far it reaches."""
    connection.executemany(
        "INSERT INTO inbox (change) VALUES (?)",
        [(json.dumps(change.to_wire()).encode(),) for change in answer.changes],
    )
    _reach(connection, answer)


def _reach(connection: sqlite3.Connection, answer: PullAnswer) -> None:
    for scope, position in answer.cursors.items():
        connection.execute(
            "INSERT INTO cursor (scope, staged_position, floor) VALUES (?, ?, ?)"
            " ON CONFLICT (scope) DO UPDATE SET staged_position = excluded.staged_position,"
            # Only of the first page: what was forgotten since counts.
            " floor = iif(staged_position = 0, excluded.floor, floor)",
            (scope, position, answer.floors.get(scope)),
        )


def apply_staged(connection: sqlite3.Connection) -> int:
    """Move the pages put aside into the rows, and the cursors with them; return how many rows."""
    count = last = 0
    while True:
        page = connection.execute(
            "SELECT number, change FROM inbox WHERE number > ? ORDER BY number LIMIT ?",
            (last, _PAGE),
        ).fetchall()
        if not page:
            break
        apply_changes(connection, [RowChange.from_wire(json.loads(row["change"])) for row in page])
        count, last = count + len(page), page[-1]["number"]
    connection.execute("DELETE FROM inbox")
    connection.execute("UPDATE cursor SET position = staged_position")
    return count


def apply_changes(connection: sqlite3.Connection, changes: Sequence[RowChange]) -> None:
    """Take changes into the rows, in their order: neighbours that are alike by one statement."""
    pending = {
        row["record_id"]
        for row in connection.execute("SELECT record_id FROM outbox WHERE state = 'pending'")
    }
    for (entity, is_put), run in groupby(
        changes, key=lambda change: (change.entity, change.event is RowEvent.PUT)
    ):
        if is_put:
            _put(connection, entity, list(run), pending)
            continue
        for change in run:
            connection.execute(
                "DELETE FROM row_scope WHERE scope = ? AND entity = ? AND record_id = ?",
                (change.scope, entity, change.record_id),
            )
            _drop_if_in_no_scope(connection, entity, change.record_id)


def finish(connection: sqlite3.Connection, answer: PullAnswer) -> list[str]:
    """
    Bring the phone to the server's snapshot, after the last page.

    Return the scopes that lack rows or whose digest differs: they must be fetched anew.
    """
    gone = [row["scope"] for row in connection.execute("SELECT scope FROM cursor")]
    for scope in set(gone) - set(answer.scopes):
        _leave_all(connection, scope, only_unseen=False)
        connection.execute("DELETE FROM cursor WHERE scope = ?", (scope,))
    wrong = []
    for scope in answer.scopes:
        _leave_all(connection, scope, only_unseen=True)
        differs = digest(connection, scope) != answer.digests.get(scope)
        if differs or lacks_rows(connection, scope):
            wrong.append(scope)
    if not wrong:  # else it may be the phone's books that lack them
        # What took, and was gone before this phone had fetched it: no news of it need come.
        for entity, record_id in in_no_scope(connection):
            _drop_if_in_no_scope(connection, entity, record_id)
    return wrong


def forget_position(connection: sqlite3.Connection, scope: str) -> None:
    """Fetch a scope from its beginning next time; rows it does not bring again will go."""
    connection.execute("DELETE FROM inbox")
    connection.execute("UPDATE cursor SET staged_position = position")
    connection.execute(
        "UPDATE cursor SET position = 0, staged_position = 0 WHERE scope = ?", (scope,)
    )
    connection.execute("UPDATE row_scope SET version = ? WHERE scope = ?", (_UNSEEN, scope))


def positions(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how far each scope has been fetched."""
    rows = connection.execute("SELECT scope, staged_position FROM cursor")
    return {row["scope"]: row["staged_position"] for row in rows}


def floors(connection: sqlite3.Connection) -> dict[str, int]:
    """Return what the server had forgotten of each scope when fetching it began."""
    rows = connection.execute("SELECT scope, floor FROM cursor WHERE floor IS NOT NULL")
    return {row["scope"]: row["floor"] for row in rows}


def floors_after(
    before: Mapping[str, int], floors_before: Mapping[str, int], answer: PullAnswer
) -> dict[str, int]:
    """Return what `floors` will say once a page has been kept.

    :param before: what `positions` said when the page was asked for
    """
    known = dict(floors_before)
    for scope in answer.cursors:
        if before.get(scope, 0) == 0:  # only of the first page: what was forgotten since counts
            known.pop(scope, None)
            if scope in answer.floors:
                known[scope] = answer.floors[scope]
    return known


def is_first_sync(connection: sqlite3.Connection) -> bool:
    """Return whether there is no older state that half a download could spoil."""
    return connection.execute("SELECT 1 FROM cursor WHERE position > 0").fetchone() is None


def digest(connection: sqlite3.Connection, scope: str) -> str:
    """Return the digest of what the phone holds of a scope."""
    rows = connection.execute(
        "SELECT entity, record_id, version FROM row_scope WHERE scope = ?", (scope,)
    )
    return cursors.to_text(cursors.scope_digest((row[0], row[1], row[2]) for row in rows))


def _put(
    connection: sqlite3.Connection,
    entity: str,
    changes: Sequence[RowChange],
    pending: Collection[str],
) -> None:
    mirror = MIRRORS.get(entity)
    # Before what is unseen becomes seen.
    known = (
        _versions(connection, mirror, [change.record_id for change in changes]) if mirror else {}
    )
    connection.executemany(
        "INSERT INTO row_scope (entity, record_id, scope, version) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (scope, entity, record_id) DO UPDATE SET version = excluded.version",
        [(entity, change.record_id, change.scope, change.version) for change in changes],
    )
    if mirror is None:
        return  # an entity of a newer server: it counts for the digest, no screen shows it
    rows: dict[str, Columns] = {}
    for change in changes:
        # An answer to a push may be newer than this page.
        if change.row is not None and known.get(change.record_id, 0) <= change.version:
            known[change.record_id] = change.version
            rows[change.record_id] = columns_of(mirror, change.row, change.version)
    write(connection, mirror, rows)
    for record_id in rows.keys() & pending:
        rebuild(connection, record_id, entity)


def _versions(connection: sqlite3.Connection, mirror: Mirror, ids: Sequence[str]) -> dict[str, int]:
    """Return the versions of rows; 0 for those fetched anew, of which whatever comes counts.

    A server restored from a backup counts on from lower ones.
    """
    found: dict[str, int] = {}
    for chunk, marks in chunks(ids):
        rows = connection.execute(
            f"SELECT id, base_version FROM {mirror.table} WHERE id IN ({marks})"  # noqa: S608
            f" AND id NOT IN (SELECT record_id FROM row_scope WHERE version = {_UNSEEN}"
            f" AND record_id IN ({marks}))",
            [*chunk, *chunk],
        )
        found |= {row["id"]: row["base_version"] or 0 for row in rows}
    return found


def _leave_all(connection: sqlite3.Connection, scope: str, *, only_unseen: bool) -> None:
    condition = f" AND version = {_UNSEEN}" if only_unseen else ""
    rows = connection.execute(
        f"DELETE FROM row_scope WHERE scope = ?{condition} RETURNING entity, record_id",  # noqa: S608
        (scope,),
    ).fetchall()
    for row in rows:
        _drop_if_in_no_scope(connection, row["entity"], row["record_id"])


def _drop_if_in_no_scope(connection: sqlite3.Connection, entity: str, record_id: str) -> None:
    """Take a row from the phone that it may see no longer; what waits to be sent keeps it."""
    mirror = MIRRORS.get(entity)
    still = connection.execute("SELECT 1 FROM row_scope WHERE record_id = ?", (record_id,))
    if mirror is None or still.fetchone():
        return
    connection.execute(
        f"UPDATE {mirror.table} SET base = NULL WHERE id = ?",  # noqa: S608
        (record_id,),
    )
    if not _has_pending(connection, record_id):
        rebuild(connection, record_id, entity)  # it goes; a draft that was refused stays


def _has_pending(connection: sqlite3.Connection, record_id: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM outbox WHERE record_id = ? AND state = 'pending' LIMIT 1", (record_id,)
    ).fetchone()
    return row is not None
