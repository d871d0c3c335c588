"""What the server answered, taken into its rows on the phone, so that it stays seen until a pull.

See `replica.py` for what a row is made of.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mobile.storage.folding import fold
from mobile.storage.mirrors import MIRRORS, Columns, Mirror, chunks, columns_of, kept_as, write
from mobile.storage.replica import rebuild
from shared.sync.change import said
from shared.sync.protocol import Kind, Result, Status


class Told(NamedTuple):
    """What a change says of a record."""

    entity: str
    kind: Kind
    record_id: str
    text: str
    """As JSON: an answer is about hundreds, most of which made something that takes it as it is."""

    @classmethod
    def of(cls, row: sqlite3.Row) -> "Told":
        """Return what a row of the outbox says."""
        return cls(row["entity"], Kind(row["kind"]), row["record_id"], said(row["line"]).decode())

    @property
    def data(self) -> dict[str, Any]:
        """Return it by field."""
        data: dict[str, Any] = json.loads(self.text)
        return data


def acknowledge(connection: sqlite3.Connection, answered: Sequence[tuple[Result, Told]]) -> None:
    """Take answers into the bases, so that changes stay visible until the next pull.

    :param answered: settled changes of what the phone shows, in the order they were made
    """
    by_entity: dict[str, dict[str, list[tuple[Result, Told]]]] = {}
    for result, change in answered:
        records = by_entity.setdefault(kept_as(change.entity), {})
        records.setdefault(change.record_id, []).append((result, change))
    for entity, records in by_entity.items():
        _take_in(connection, entity, records)


def _take_in(
    connection: sqlite3.Connection, entity: str, records: dict[str, list[tuple[Result, Told]]]
) -> None:
    mirror = MIRRORS[entity]
    known = _bases(connection, mirror, list(records))
    waiting, refused = _others(connection, list(records))
    shown: list[tuple[str, int, str]] = []
    written: dict[str, Columns] = {}
    cleared: list[tuple[str]] = []
    for record_id, answers in records.items():
        before = known.get(record_id, _Base(None, 0))
        is_shown = record_id in known and record_id not in refused and _as_sent(answers)
        if is_shown and before.fields is None and (made := _only_made(answers)):
            shown.append((*made, record_id))
            continue
        base = _answered(before, answers)
        if base.fields is None:
            cleared.append((record_id,))
        elif is_shown:
            shown.append((json.dumps(base.fields), base.version, record_id))
        elif base is not before:
            written[record_id] = columns_of(mirror, base.fields, base.version)
    connection.executemany(
        f"UPDATE {mirror.table} SET base = ?, base_version = ? WHERE id = ?",  # noqa: S608
        shown,
    )
    write(connection, mirror, written)
    connection.executemany(
        f"UPDATE {mirror.table} SET base = NULL WHERE id = ?",  # noqa: S608
        cleared,
    )
    done = {record_id for _, _, record_id in shown} | (set(written) - waiting)
    for record_id in records:
        if record_id not in done:
            rebuild(connection, record_id, entity)


@dataclass(frozen=True, slots=True)
class _Base:
    """What the server last said of a row."""

    fields: dict[str, Any] | None
    version: int


def _answered(base: _Base, answers: Sequence[tuple[Result, Told]]) -> _Base:
    """Return the base with the changes that took; the same one if none did."""
    for result, change in answers:
        if result.duplicate and (result.version or 0) <= base.version:
            continue  # the row came down with it long ago, and may have been changed since
        if result.status in (Status.APPLIED, Status.MERGED):
            taken = fold(base.fields, change.entity, change.kind, change.data)
            if change.kind is Kind.DELETE:
                base = _Base(None, base.version)
            elif taken is not None:
                base = _Base(taken | result.fields, result.version or 1)
        elif result.status is Status.CONFLICT and result.fields:
            version = result.version or 0
            if version >= base.version:
                base = _Base(result.fields, version or 1)
        elif result.status is Status.REJECTED and change.kind is Kind.CREATE:
            base = _Base(None, 0)  # a server restored from a backup has it no more: a draft again
    return base


def _bases(connection: sqlite3.Connection, mirror: Mirror, ids: Sequence[str]) -> dict[str, _Base]:
    found: dict[str, _Base] = {}
    for chunk, marks in chunks(ids):
        rows = connection.execute(
            f"SELECT id, base, base_version FROM {mirror.table} WHERE id IN ({marks})",  # noqa: S608
            chunk,
        )
        found |= {
            record_id: _Base(json.loads(base) if base else None, int(version or 0))
            for record_id, base, version in rows
        }
    return found


def _as_sent(answers: Sequence[tuple[Result, Told]]) -> bool:
    """Return whether all that was sent took as it was: the row shows that already."""
    return all(
        result.status is Status.APPLIED and not result.fields and not result.duplicate
        for result, _ in answers
    )


def _only_made(answers: Sequence[tuple[Result, Told]]) -> tuple[str, int] | None:
    """Return what a new row is, as JSON, and its version; None where more was done to it."""
    if len(answers) > 1 or answers[0][1].kind is not Kind.CREATE:
        return None
    result, change = answers[0]
    return change.text, result.version or 1


def _others(connection: sqlite3.Connection, ids: Sequence[str]) -> tuple[set[str], set[str]]:
    """Return the records of which other changes wait, and those of which some were refused."""
    waiting: set[str] = set()
    refused: set[str] = set()
    for chunk, marks in chunks(ids):
        rows = connection.execute(
            "SELECT record_id, state FROM outbox"  # noqa: S608
            f" WHERE record_id IN ({marks})"
            " AND (state = 'pending' OR status IN ('rejected', 'conflict'))",
            chunk,
        )
        for record_id, state in rows:
            (waiting if state == "pending" else refused).add(record_id)
    return waiting, refused
