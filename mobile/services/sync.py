"""What the sync screen shows and does. The work itself is in `mobile/sync`."""

import datetime as dt
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from mobile.services.recorder import Recorder
from mobile.services.views import RecordState, SyncRecord, SyncStatus, Way
from mobile.storage import attempts, corrections, device, outbox, photos, records, stages, visits
from shared.sync.change import Kind, Status
from shared.vocabulary import ExpenseState, StageKind

_AGAIN = (Kind.PATCH, Kind.DELETE)
"""Kinds of changes that are made on top of what the server has."""


_NEVER_SENT = "too_large"
"""Why a change was put aside before the office has seen it."""


class SyncRunner(Protocol):
    """Runs sync in its own thread."""

    @property
    def is_running(self) -> bool:
        """Whether it is exchanging something right now."""

    def request(self) -> None:
        """Sync as soon as possible; asking twice does no harm."""


class SyncService:
    """How far phone and server agree, and what the rep can do about it."""

    def __init__(
        self,
        *,
        recorder: Recorder,
        runner: SyncRunner,
        waits_for_wifi: Callable[[], bool] = lambda: False,
    ) -> None:
        self._recorder = recorder
        self._database = recorder.database
        self._runner = runner
        self._waits_for_wifi = waits_for_wifi

    def status(self) -> SyncStatus:
        """Return the counts, and how the last attempt went."""
        with self._database.read() as connection:
            state = device.find(connection)
            counts = records.count(connection)
            pictures = photos.count(connection)
            last = next(iter(attempts.newest(connection)), None)
            stopped = device.stopped_by(connection)
        oldest = counts.oldest_waiting_ms
        synced = state.last_sync_at_ms if state else None
        return SyncStatus(
            waiting=counts.waiting,
            sent=counts.sent,
            needs_you=counts.needs_you,
            oldest_waiting_at=None if oldest is None else device.from_ms(oldest),
            last_sync_at=None if synced is None else device.from_ms(synced),
            is_running=self._runner.is_running,
            photos_waiting=pictures.waiting,
            photo_bytes_waiting=pictures.bytes_waiting,
            photos_stuck=pictures.stuck,
            photos_wait_for_wifi=pictures.waiting > 0 and self._waits_for_wifi(),
            problem=stopped or (last["problem"] if last else ""),
            is_stopped=bool(stopped),
        )

    def records(self, *, limit: int = 200) -> tuple[SyncRecord, ...]:
        """Return what was recorded: what needs the rep first, then what waits, then the rest."""
        reading = self._recorder.read_clock()
        with self._database.read() as connection:
            found = records.newest(connection, limit=limit)
            if all(row["solved"] for row in found):
                return tuple(_record(row, frozenset()) for row in found)
            correctable = corrections.correctable(connection)
            final = _Final.read(connection, device.get(connection).today(reading))
            return tuple(_record(row, _ways(row, correctable, final)) for row in found)

    def sync_now(self) -> None:
        """Sync as soon as possible."""
        self._runner.request()

    def keep_mine(self, record_id: str) -> None:
        """Send what the rep wanted again, on top of what the server has now; see `Way.MINE`."""
        sequence = int(record_id)
        with self._recorder.action() as action:
            row = records.get(action.connection, sequence)
            if row is None or row["kind"] not in _AGAIN:
                return
            if row["kind"] == Kind.PATCH:
                action.patch(row["entity"], row["record_id"], json.loads(row["mine"]))
            else:
                action.delete(row["entity"], row["record_id"])
            records.mark_solved(action.connection, sequence)
        self._runner.request()

    def take_theirs(self, record_id: str) -> None:
        """Leave it as the server has it, and tell the office so."""
        sequence = int(record_id)
        with self._recorder.action() as action:
            row = records.get(action.connection, sequence)
            if row is None:
                return
            records.mark_solved(action.connection, sequence)
            if row["code"] != _NEVER_SENT:
                # Its number as it was sent, perhaps by a device that this phone was before.
                number = outbox.change_of(row["line"]).sequence
                action.command("answer.accept", row["record_id"], {"sequence": number})
        self._runner.request()


@dataclass(frozen=True, slots=True)
class _Final:
    """What the server takes no changes of, whoever wants them."""

    today: str
    closed_stages: frozenset[str]
    open_visits: frozenset[str]

    @classmethod
    def read(cls, connection: sqlite3.Connection, today: dt.date) -> "_Final":
        open_visit = visits.find_open(connection)
        return cls(
            today=today.isoformat(),
            closed_stages=frozenset(
                row["id"] for row in stages.ordered(connection) if StageKind(row["kind"]).is_closed
            ),
            open_visits=frozenset([open_visit["id"]] if open_visit else []),
        )

    def holds(self, entity: str, theirs: dict[str, Any]) -> bool:
        """Return whether a record, as the server has it, stays so."""
        if not theirs:
            return True  # it is deleted
        if entity == "expense":
            return theirs.get("state") == ExpenseState.APPROVED
        if entity != "deal" or theirs.get("stage_key") not in self.closed_stages:
            return False
        if theirs.get("visit_id"):
            return theirs["visit_id"] not in self.open_visits
        return theirs.get("closed_on") != self.today


def _ways(row: sqlite3.Row, correctable: frozenset[int], final: _Final) -> frozenset[Way]:
    """Return what the rep can do about a change; nothing where it needs nobody."""
    if row["solved"]:
        return frozenset()
    ways = {Way.THEIRS}
    if row["sequence"] in correctable:
        ways.add(Way.CORRECT)
    if row["status"] == Status.CONFLICT and row["kind"] in _AGAIN:
        theirs = json.loads(row["theirs"] or "{}")
        if not final.holds(row["entity"], theirs):
            ways.add(Way.MINE)
    return frozenset(ways)


def _record(row: sqlite3.Row, ways: frozenset[Way]) -> SyncRecord:
    mine, theirs = row["mine"], row["theirs"]
    return SyncRecord(
        id=str(row["sequence"]),
        entity=row["entity"],
        title=row["title"],
        recorded_at=device.from_ms(row["made_at_ms"]),
        state=_state(row),
        reason="conflict" if row["status"] == Status.CONFLICT else row["code"] or "",
        field=row["field"] or "",
        mine=json.loads(mine) if mine else None,
        theirs=json.loads(theirs) if theirs else None,
        ways=ways,
        form=row["entity"] if Way.CORRECT in ways else "",
        record_id=row["record_id"],
        is_deletion=row["kind"] == Kind.DELETE,
    )


def _state(row: sqlite3.Row) -> RecordState:
    if not row["solved"]:
        return RecordState.NEEDS_YOU
    if row["state"] == "pending":
        return RecordState.WAITING
    is_taken = row["status"] not in (Status.CONFLICT, Status.REJECTED)
    return RecordState.SENT if is_taken else RecordState.PUT_AWAY
