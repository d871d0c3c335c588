"""Applying lines in their order: savepoints, groups, and the answer each change gets for ever."""

import datetime as dt
import logging
import sqlite3
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.events import days_marked_once
from server.sync.apply import ConflictError, NotAllowedError
from server.sync.batch import Batch, kept_in_memory
from server.sync.entities import MODELS, UPWARD, record_version
from server.sync.incoming import Incoming, Sender, data_sha256, read_change
from server.sync.models import ChangeLog, Conflict, Quarantine
from shared.schemas.record import InvalidRecordError
from shared.sync.ids import new_id
from shared.sync.protocol import Change, Kind, MalformedError, Result, Status

logger = logging.getLogger(__name__)

_TRANSIENT_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
    }
)
# Connection lost; deadlock, serialization; out of disk or memory; shut down; I/O error.
_TRANSIENT_POSTGRESQL = ("08", "40", "53", "57", "58")
_FAILED = (Status.REJECTED, Status.CONFLICT)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that fits its chain."""

    sequence: int
    line: bytes
    body: bytes
    head: bytes


@dataclass(slots=True)
class _Attempt:
    """A line on its way to its answer."""

    line: Line
    change: Change | None = None
    incoming: Incoming | None = None
    result: Result | None = None
    version_before: int = 0
    error: str = ""
    """Traceback, where the fault is ours."""
    theirs: dict[str, Any] = field(default_factory=dict)

    @property
    def group_id(self) -> str | None:
        return self.change.group_id if self.change else None

    @property
    def has_failed(self) -> bool:
        return self.result is not None and self.result.status in _FAILED

    def reject(self, code: str, field_name: str = "") -> None:
        self.result = Result(self.line.sequence, Status.REJECTED, code=code, field_name=field_name)


def apply_lines(lines: Sequence[Line], sender: Sender) -> list[Result]:
    """Apply new lines in their order, and log each with its answer."""
    previous_at = _last_captured_at(sender.device_id)
    attempts = [_read(line) for line in lines]
    changes = [attempt.change for attempt in attempts if attempt.change is not None]
    results = []
    with days_marked_once(), kept_in_memory(changes):
        batch = Batch(changes)
        for group in _groups(attempts):
            if any(attempt.change and attempt.change.kind is not Kind.CREATE for attempt in group):
                batch.write_log()  # a patch looks up what this phone changed before
            _apply_group(group, sender, previous_at, batch)
            for attempt in group:
                results.append(_log(attempt, sender, batch))
                if attempt.incoming is not None:
                    previous_at = attempt.incoming.at
            db.session.flush()
        batch.write_log()
    return results


def _read(line: Line) -> _Attempt:
    attempt = _Attempt(line)
    try:
        change = Change.from_body(line.body)
    except MalformedError as error:
        attempt.reject(error.reason, error.field)
        return attempt
    if change.sequence == line.sequence:
        attempt.change = change
    else:
        attempt.reject("out_of_order", "s")
    return attempt


def _groups(attempts: Sequence[_Attempt]) -> Iterator[list[_Attempt]]:
    """Split into runs of neighbours of one group; a change without a group stands alone."""
    group: list[_Attempt] = []
    for attempt in attempts:
        if group and (attempt.group_id is None or attempt.group_id != group[-1].group_id):
            yield group
            group = []
        group.append(attempt)
    if group:
        yield group


def _apply_group(
    group: Sequence[_Attempt], sender: Sender, previous_at: dt.datetime | None, batch: Batch
) -> None:
    """Apply a group in a savepoint: if one of it fails, none of it is applied."""
    if len(group) == 1:  # its own savepoint does
        [attempt] = group
        if attempt.change is not None:
            _apply(attempt, attempt.change, sender, previous_at, batch)
        return
    savepoint = db.session.begin_nested()
    for attempt in group:
        if attempt.change is not None:
            _apply(attempt, attempt.change, sender, previous_at, batch)
        if attempt.has_failed:
            break
        if attempt.incoming is not None:
            previous_at = attempt.incoming.at
    else:
        savepoint.commit()
        return
    savepoint.rollback()
    for attempt in group:
        if not attempt.has_failed:
            attempt.reject("group", "g")


def _apply(
    attempt: _Attempt,
    change: Change,
    sender: Sender,
    previous_at: dt.datetime | None,
    batch: Batch,
) -> None:
    """Apply a change or find the answer why not. Only a database that cannot now gets through."""
    try:
        attempt.result = _seen_before(change, batch)
        if attempt.result is not None:
            return
        attempt.incoming = read_change(change, sender=sender, previous_at=previous_at)
        if change.kind is not Kind.CREATE:  # one that is there has been answered
            attempt.version_before = _version(change)
        # A savepoint of its own: on PostgreSQL a failed statement would end the group's too.
        with db.session.begin_nested():
            applied = UPWARD[change.entity, change.kind](attempt.incoming)
        attempt.result = Result(
            change.sequence,
            Status.MERGED if applied.merged else Status.APPLIED,
            version=applied.version,
            fields=applied.merged,
        )
    except InvalidRecordError as error:
        attempt.reject(error.reason, error.field)
    except NotAllowedError:
        attempt.reject("not_allowed")
    except ProblemError as error:
        attempt.reject(error.code)
    except ConflictError as error:
        attempt.theirs = error.theirs
        attempt.result = Result(
            change.sequence,
            Status.CONFLICT,
            version=error.version,
            fields=error.theirs,
            code=new_id(),
        )
    except Exception as error:
        if isinstance(error, DBAPIError) and is_transient(error):
            raise
        logger.exception("a change could not be applied")
        attempt.error = traceback.format_exc()
        attempt.reject("internal")


def _seen_before(change: Change, batch: Batch) -> Result | None:
    """Return the answer for a create whose record is there: the same again, or an id used twice."""
    if change.kind is not Kind.CREATE:
        return None
    first = batch.created.get(change.record_id)
    exists = first is None and _version(change) > 0
    if exists:  # made since the batch began, or not by a phone
        batch.look_up_created()
        first = batch.created.get(change.record_id)
    if first is not None and (first.entity, first.data_sha256) == (
        change.entity,
        data_sha256(change),
    ):
        return replace(Result.from_wire(first.wire), sequence=change.sequence, duplicate=True)
    if first is not None or exists:
        return Result(change.sequence, Status.REJECTED, code="id_reused", field_name="id")
    return None


def _version(change: Change) -> int:
    """Return the version of the record a change is about; 0 where there is none."""
    model = MODELS.get(change.entity.partition(".")[0])
    return 0 if model is None else record_version(model, change.record_id)


def _log(attempt: _Attempt, sender: Sender, batch: Batch) -> Result:
    """Keep the line with its answer, for ever the same, and what a person must look at."""
    line, change, result = attempt.line, attempt.change, attempt.result
    assert result is not None
    batch.log(
        {
            "device_id": sender.device_id,
            "sequence": line.sequence,
            "entity": change.entity if change else "",
            "record_id": change.record_id if change else "",
            "kind": change.kind if change else "",
            "status": result.status,
            "version_before": attempt.version_before,
            "version": result.version or 0,
            "result": result.to_wire(),
            "data_sha256": data_sha256(change) if change else None,
            "line": line.line,
            "head": line.head,
            "captured_at": attempt.incoming.at if attempt.incoming else None,
            "received_at": sender.received_at,
        }
    )
    if attempt.error:
        db.session.add(
            Quarantine(
                device_id=sender.device_id,
                sequence=line.sequence,
                reason="internal",
                line=line.line,
                error=attempt.error,
                at=sender.received_at,
            )
        )
    if result.status is Status.CONFLICT and change is not None:
        db.session.add(
            Conflict(
                id=result.code,
                entity=change.entity,
                record_id=change.record_id,
                device_id=sender.device_id,
                sequence=line.sequence,
                mine=change.data,
                theirs=attempt.theirs,
                at=sender.received_at,
            )
        )
    return result


def _last_captured_at(device_id: str) -> dt.datetime | None:
    return db.session.scalar(
        select(ChangeLog.captured_at)
        .where(ChangeLog.device_id == device_id, ChangeLog.captured_at.is_not(None))
        .order_by(ChangeLog.sequence.desc())
        .limit(1)
    )


def is_transient(error: DBAPIError) -> bool:
    """Return whether the same statement may well succeed a little later."""
    original = error.orig
    if error.connection_invalidated:
        return True
    if isinstance(original, sqlite3.Error):
        return original.sqlite_errorcode & 0xFF in _TRANSIENT_SQLITE
    state = getattr(original, "sqlstate", None)
    return state is None or state.startswith(_TRANSIENT_POSTGRESQL)
