"""What the sync screen shows and does. The work itself is in `mobile/sync`."""

import json
import sqlite3
from collections.abc import Callable
from typing import Protocol

from mobile.services.recorder import Recorder
from mobile.services.views import RecordState, SyncRecord, SyncStatus
from mobile.storage import attempts, device, photos, records
from shared.sync.change import Kind, Status


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
        with self._database.read() as connection:
            return tuple(_record(row) for row in records.newest(connection, limit=limit))

    def sync_now(self) -> None:
        """Sync as soon as possible."""
        self._runner.request()

    def keep_mine(self, record_id: str) -> None:
        """Send the rep's values again, on top of what the server has now."""
        sequence = int(record_id)
        with self._recorder.action() as action:
            row = records.get(action.connection, sequence)
            if row is None:
                return
            if row["kind"] == Kind.PATCH:
                action.patch(row["entity"], row["record_id"], json.loads(row["mine"]))
            records.mark_solved(action.connection, sequence)
        self._runner.request()

    def take_theirs(self, record_id: str) -> None:
        """Leave it as the server has it."""
        with self._database.write() as connection:
            records.mark_solved(connection, int(record_id))


def _record(row: sqlite3.Row) -> SyncRecord:
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
    )


def _state(row: sqlite3.Row) -> RecordState:
    if not row["solved"]:
        return RecordState.NEEDS_YOU
    return RecordState.WAITING if row["state"] == "pending" else RecordState.SENT
