"""What the rep did and the server has not answered yet, in the order it was done.

A line is chained and sealed when it is made, in the transaction of the action itself. There is no
"sending" state: a change is pending until its result is committed here.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from mobile.storage import corrections, mirrors, replica
from mobile.storage.acknowledging import Told, acknowledge
from shared import failpoints
from shared.sync import chain
from shared.sync.change import Captured, Change, Kind, Result, Status

KEEP_SETTLED_MS = 45 * 24 * 3600 * 1000
"""Sent changes are kept so long, to be sent again should the server be restored from a backup."""
_FAR = 2**40
_REOPEN = (
    "UPDATE outbox SET state = 'pending', status = NULL, code = NULL, field = NULL,"
    " flags = NULL, settled_at_ms = NULL WHERE state = 'settled' AND sequence > ?"
)


@dataclass(frozen=True, slots=True)
class PendingLine:
    """A change as it will be sent."""

    sequence: int
    line: bytes
    group_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing the rep does: its changes are saved, and later applied, together or not at all."""

    connection: sqlite3.Connection
    captured: Captured
    at_ms: int
    key: bytes
    group_id: str | None = None

    def create(self, entity: str, record_id: str, data: dict[str, Any]) -> int:
        """
        Record a new row; return the number of the change.

        :raises InvalidRecordError: naming the field and the reason
        """
        return self._add(entity, Kind.CREATE, record_id, data)

    def patch(self, entity: str, record_id: str, data: dict[str, Any]) -> int:
        """
        Record changed fields of a row, on top of the version that is on the phone.

        One that the office refused to make is made anew, with all that was changed since.

        :raises InvalidRecordError: naming the field and the reason
        """
        refused = corrections.draft(self.connection, entity, record_id)
        if refused is not None:
            return self._make_anew(entity, record_id, {**refused, **data})
        version = replica.base_version(self.connection, entity, record_id)
        sequence = self._add(entity, Kind.PATCH, record_id, data, base_version=version)
        corrections.put_away(self.connection, record_id, names=data)
        return sequence

    def is_refused(self, entity: str, record_id: str) -> bool:
        """Return whether the office refused to make this record."""
        return corrections.draft(self.connection, entity, record_id) is not None

    def delete(self, entity: str, record_id: str) -> int:
        """Record that a row is taken back, on top of the version that is on the phone."""
        version = replica.base_version(self.connection, entity, record_id)
        corrections.put_away(self.connection, record_id)
        return self._add(entity, Kind.DELETE, record_id, {}, base_version=version)

    def command(self, name: str, record_id: str, data: dict[str, Any]) -> int:
        """
        Record a request such as `stop.cancel`, which the server carries out.

        :raises InvalidRecordError: naming the field and the reason
        """
        return self._add(name, Kind.COMMAND, record_id, data)

    def as_of(self, captured: Captured) -> "Action":
        """Return the same action for what was done earlier and is recorded only now."""
        return replace(self, captured=captured)

    def again(self, change: Change) -> int:
        """
        Record a change once more, with the time at which it was first made.

        :raises InvalidRecordError: naming the field and the reason
        """
        action = replace(
            self,
            captured=change.captured,
            at_ms=change.captured.clock.wall_ms,
            group_id=change.group_id,
        )
        return action._add(  # noqa: SLF001 - its own kind
            change.entity,
            change.kind,
            change.record_id,
            change.data,
            base_version=change.base_version,
        )

    def _make_anew(self, entity: str, record_id: str, data: dict[str, Any]) -> int:
        from shared.schemas import catalogue  # noqa: PLC0415 - as below

        made = catalogue.UPWARD[entity, Kind.CREATE].fields
        changed = catalogue.UPWARD[entity, Kind.PATCH].fields
        corrections.put_away(self.connection, record_id)
        receipts = corrections.refused_receipts(self.connection, record_id)
        sequence = self._add(
            entity, Kind.CREATE, record_id, {name: data[name] for name in made if name in data}
        )
        rest = {name: data[name] for name in changed if data.get(name) and name not in made}
        if rest:
            self._add(entity, Kind.PATCH, record_id, rest, base_version=0)
        for receipt in receipts:
            corrections.put_away(self.connection, receipt.record_id)
            self.again(receipt)
        return sequence

    def _add(
        self,
        entity: str,
        kind: Kind,
        record_id: str,
        data: dict[str, Any],
        *,
        base_version: int | None = None,
    ) -> int:
        # The schemas take a tenth of a second to build: not while the app starts.
        from shared.schemas import catalogue  # noqa: PLC0415
        from shared.schemas.record import load  # noqa: PLC0415

        load(catalogue.UPWARD[entity, kind], data, partial=kind is Kind.PATCH)
        place = self.connection.execute("SELECT next_sequence, head FROM device").fetchone()
        change = Change(
            sequence=place["next_sequence"],
            entity=entity,
            kind=kind,
            record_id=record_id,
            data=data,
            captured=self.captured,
            base_version=base_version,
            group_id=self.group_id,
        )
        line, head = chain.seal(change.to_body(), head=place["head"], key=self.key)
        self.connection.execute(
            "INSERT INTO outbox (sequence, group_id, entity, record_id, kind, line, head,"
            " made_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (change.sequence, self.group_id, entity, record_id, kind, line, head, self.at_ms),
        )
        self.connection.execute(
            "UPDATE device SET next_sequence = ?, head = ?", (change.sequence + 1, head)
        )
        replica.rebuild(self.connection, record_id, mirrors.kept_as(entity))
        failpoints.reach("phone: action about to be saved")
        return change.sequence


def next_batch(
    connection: sqlite3.Connection, *, most: int, most_bytes: int, after: int = 0
) -> list[PendingLine]:
    """Return the oldest pending changes; a group is never cut, even if it alone is too much.

    :param after: number of the last change that is on its way already
    """
    batch: list[PendingLine] = []
    size = whole = 0
    rows = connection.execute(
        "SELECT sequence, line, group_id FROM outbox WHERE state = 'pending' AND sequence > ?"
        " ORDER BY sequence",
        (after,),
    )
    for row in rows:
        line = PendingLine(row["sequence"], row["line"], row["group_id"])
        starts_anew = not batch or line.group_id is None or line.group_id != batch[-1].group_id
        if starts_anew:
            whole = len(batch)
        full = len(batch) >= most or size + len(line.line) > most_bytes
        if full and whole > 0:
            return batch[:whole]
        if full and starts_anew and batch:
            return batch
        batch.append(line)
        size += len(line.line) + 1
    return batch


def head_before(connection: sqlite3.Connection, sequence: int) -> bytes:
    """Return where the chain stood before a change."""
    row = connection.execute(
        "SELECT head FROM outbox WHERE sequence = ?", (sequence - 1,)
    ).fetchone()
    return bytes(row["head"]) if row else chain.FIRST_HEAD


def settle(connection: sqlite3.Connection, results: Sequence[Result], *, at_ms: int) -> int:
    """Keep the server's answers, matched by number; return how many were new."""
    answers = {result.sequence: result for result in results}
    if not answers:
        return 0
    waiting = connection.execute(
        "SELECT sequence, entity, kind, record_id, line FROM outbox WHERE sequence BETWEEN ? AND ?"
        " AND state = 'pending' ORDER BY sequence",
        (min(answers), max(answers)),
    )
    answered = [(answers[row[0]], row) for row in waiting if row[0] in answers]
    connection.executemany(
        "UPDATE outbox SET state = 'settled', status = ?, code = ?, field = ?, flags = ?,"
        " settled_at_ms = ? WHERE sequence BETWEEN ? AND ? AND state = 'pending'",
        [
            (*said, at_ms, first, last)
            for said, first, last in _runs(result for result, _ in answered)
        ],
    )
    for result, row in answered:
        if result.status in (Status.REJECTED, Status.CONFLICT):
            _ask_the_rep(connection, result, change_of(row["line"]))
    acknowledge(
        connection,
        [(result, Told.of(row)) for result, row in answered if mirrors.shows(row["entity"])],
    )
    connection.execute(
        "UPDATE device SET settled = coalesce("
        "(SELECT min(sequence) - 1 FROM outbox WHERE state = 'pending'), next_sequence - 1)"
    )
    return len(answered)


def _runs(results: Iterable[Result]) -> Iterator[tuple[tuple[Any, ...], int, int]]:
    """Give what is kept of neighbours that are answered alike, with their first and last number."""

    def alike(numbered: tuple[int, Result]) -> tuple[Any, ...]:
        place, result = numbered
        flags = json.dumps(result.flags) if result.flags else None
        return (result.status, result.code, result.field_name, flags), result.sequence - place

    for (said, _), run in groupby(enumerate(results), key=alike):
        sequences = [result.sequence for _, result in run]
        yield said, sequences[0], sequences[-1]


def _ask_the_rep(connection: sqlite3.Connection, result: Result, change: Change) -> None:
    theirs = json.dumps(result.fields) if result.status is Status.CONFLICT else None
    connection.execute(
        "INSERT INTO attention (sequence, mine, theirs, theirs_version, solved)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            result.sequence,
            json.dumps(change.data),
            theirs,
            result.version,
            _is_overtaken(connection, result, change),
        ),
    )


def _is_overtaken(connection: sqlite3.Connection, result: Result, change: Change) -> bool:
    """Return whether a refusal is no news: a deletion of what is not there, or made anew since."""
    if change.entity == "answer.accept":
        return True  # an older server does not know it, and no rep can do anything about that
    if result.status is not Status.REJECTED:
        return False
    if change.kind is Kind.DELETE and result.code == f"{change.entity}.unknown":
        return True
    anew = connection.execute(
        "SELECT 1 FROM outbox WHERE record_id = ? AND entity = ? AND kind = 'c' AND sequence > ?",
        (change.record_id, change.entity, result.sequence),
    )
    return anew.fetchone() is not None


def reopen(connection: sqlite3.Connection, *, after: int) -> int:
    """
    Make every change after a number pending again; return how many.

    For a server that was restored from a backup and has not heard of them.
    """
    changed = connection.execute(_REOPEN, (after,)).rowcount
    connection.execute("DELETE FROM attention WHERE sequence > ?", (after,))
    connection.execute("UPDATE device SET settled = min(settled, ?)", (after,))
    return changed


def reopen_taken(connection: sqlite3.Connection, *, after: int | None) -> int:
    """
    Make pending again what took and the server lacks, for `make_again`; return how many changes.

    What was refused needs nobody else: the rep knows, or has answered.

    :param after: number of the last change the server has of this device; None: it knows no such
        device, and may lack changes of those that this phone was before
    """
    after = -_FAR if after is None else after
    connection.execute("UPDATE device SET settled = min(settled, ?)", (after,))
    return connection.execute(
        f"{_REOPEN} AND status NOT IN (?, ?)", (after, Status.REJECTED, Status.CONFLICT)
    ).rowcount


def make_again(connection: sqlite3.Connection, *, former_id: str, key: bytes) -> int:
    """
    Seal every pending change anew, numbered from 1, for a phone that has become a new device.

    Records keep their ids and say the same, so that the server tells those it knows already. What
    has been answered stays as history of the former device, under numbers below 1. Returns how
    many are pending.
    """
    connection.execute("PRAGMA defer_foreign_keys = ON")
    [past] = connection.execute("SELECT next_sequence FROM device").fetchone()
    for table in ("outbox", "attention"):  # in two steps: no number may be there twice on the way
        for step in (-_FAR, _FAR - past):
            connection.execute(f"UPDATE {table} SET sequence = sequence + ?", (step,))  # noqa: S608
    connection.execute("UPDATE outbox SET device_id = coalesce(device_id, ?)", (former_id,))
    count = _seal_anew(connection, after=-_FAR, number=1, head=chain.FIRST_HEAD, key=key)
    connection.execute("UPDATE device SET settled = 0")
    return count


def put_aside(
    connection: sqlite3.Connection, *, first: int, last: int, code: str, key: bytes, at_ms: int
) -> None:
    """
    Take pending changes out of the queue, for the server will never take them; the rep corrects.

    What was made after them moves up and is sealed anew: the server has seen none of it yet.

    :param code: why, as of a refusal
    """
    [lowest] = connection.execute("SELECT min(sequence) FROM outbox").fetchone()
    below = min(lowest, 1) - (last - first + 1)
    head = head_before(connection, first)
    for sequence in range(first, last + 1):
        connection.execute(
            "UPDATE outbox SET sequence = ? WHERE sequence = ?",
            (below + sequence - first, sequence),
        )
    _seal_anew(connection, after=last, number=first, head=head, key=key)
    refused = range(below, below + last - first + 1)
    settle(
        connection,
        [Result(sequence, Status.REJECTED, code=code) for sequence in refused],
        at_ms=at_ms,
    )


def _seal_anew(
    connection: sqlite3.Connection, *, after: int, number: int, head: bytes, key: bytes
) -> int:
    """Give the pending changes after one new numbers and a new chain; return how many they are."""
    rows = connection.execute(
        "SELECT sequence, line FROM outbox WHERE state = 'pending' AND sequence > ?"
        " ORDER BY sequence",
        (after,),
    ).fetchall()
    for place, row in enumerate(rows, start=number):
        change = replace(change_of(row["line"]), sequence=place)
        line, head = chain.seal(change.to_body(), head=head, key=key)
        connection.execute(
            "UPDATE outbox SET sequence = ?, line = ?, head = ?, device_id = NULL"
            " WHERE sequence = ?",
            (place, line, head, row["sequence"]),
        )
    connection.execute("UPDATE device SET next_sequence = ?, head = ?", (number + len(rows), head))
    return len(rows)


def prune(connection: sqlite3.Connection, *, now_ms: int) -> int:
    """Forget what was sent long ago and needs nobody; return how many changes."""
    return connection.execute(
        "DELETE FROM outbox WHERE state = 'settled' AND settled_at_ms < ?"
        " AND sequence NOT IN (SELECT sequence FROM attention)"
        # The chain goes on from the head of the line before those that wait, or of the last one.
        " AND sequence < (SELECT coalesce(min(waiting.sequence), next_sequence) - 1"
        " FROM device LEFT JOIN outbox AS waiting ON waiting.state = 'pending')",
        (now_ms - KEEP_SETTLED_MS,),
    ).rowcount


def has_pending(connection: sqlite3.Connection) -> bool:
    """Return whether anything waits to be sent."""
    row = connection.execute("SELECT 1 FROM outbox WHERE state = 'pending' LIMIT 1").fetchone()
    return row is not None


def change_of(line: bytes) -> Change:
    """Return the change a line carries."""
    return Change.from_body(chain.split(line)[0])
