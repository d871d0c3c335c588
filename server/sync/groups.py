"""Applying lines in their order: groups, savepoints, and the answer each change gets for ever.

Neighbours that only add are first tried together, in bulk. Whatever goes wrong then, they are
applied one by one, each in its savepoint: only that way decides what is refused and why.
"""

import datetime as dt
import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from sqlalchemy.exc import DBAPIError

from server.platform.bulk import run
from server.platform.database import db, open_connection
from server.platform.errors import ProblemError
from server.platform.held import held_back
from server.sync.apply import ConflictError, NotAllowedError
from server.sync.batch import Batch, Created, kept_in_memory
from server.sync.changes import know_heads
from server.sync.entities import (
    MODELS,
    TOGETHER,
    heads_written,
    look_up,
    record_version,
)
from server.sync.incoming import Incoming, Sender, read_change
from server.sync.lines import Line, data_sha256, data_sha256_of_before, read_line
from server.sync.models import Conflict, Quarantine
from server.sync.survivors import at_survivor
from server.sync.tombstones import carry_out
from server.sync.transient import is_transient
from shared.schemas.limits import InvalidRecordError
from shared.sync.ids import new_id
from shared.sync.protocol import Change, Kind, MalformedError, Result, Status

logger = logging.getLogger(__name__)

_FAILED = (Status.REJECTED, Status.CONFLICT)


@dataclass(slots=True)
class _Attempt:
    """A line on its way to its answer."""

    line: Line
    change: Change | None = None
    sha256: bytes | None = None
    incoming: Incoming | None = None
    result: Result | None = None
    version_before: int = 0
    error: str = ""
    """Traceback, where the fault is ours."""
    theirs: dict[str, Any] = field(default_factory=dict)

    def again(self) -> "_Attempt":
        """Return it as it was read, to be tried without a trace."""
        return _Attempt(self.line, self.change, self.sha256, None, self.result)

    @property
    def group_id(self) -> str | None:
        return self.change.group_id if self.change else None

    @property
    def has_failed(self) -> bool:
        return self.result is not None and self.result.status in _FAILED

    def reject(self, code: str, field_name: str = "") -> None:
        self.result = Result(self.line.sequence, Status.REJECTED, code=code, field_name=field_name)


_Group = Sequence[_Attempt]


class _NotTogetherError(Exception):
    """Only applying one by one can tell what to answer."""


@dataclass(slots=True)
class _Progress:
    """How far a batch has come."""

    sender: Sender
    batch: Batch
    previous_at: dt.datetime | None
    """When the change before was made, as far as that can be trusted."""
    results: list[list[Any]]
    """As they are sent."""


def apply_lines(
    lines: Sequence[Line], sender: Sender, *, previous_at: dt.datetime | None
) -> list[list[Any]]:
    """
    Apply new lines in their order, log each with its answer, and return the answers.

    :param previous_at: when the change before the first was made; None: unknown, or there is none
    """
    attempts = [_read(line) for line in lines]
    batch = Batch(_changes_of([attempts]), sender=sender)
    progress = _Progress(sender, batch, previous_at, [])
    for is_plain, neighbours in groupby(_groups(attempts), key=_is_plain):
        groups = list(neighbours)
        done = _apply_together(groups, progress) if is_plain else None
        if done is not None:
            progress = done
            continue
        with kept_in_memory(_changes_of(groups)):
            _apply_apart(groups, progress)
    batch.write_log()
    return progress.results


def _changes_of(groups: Sequence[_Group]) -> list[Change]:
    return [attempt.change for group in groups for attempt in group if attempt.change]


def _read(line: Line) -> _Attempt:
    attempt = _Attempt(line)
    try:
        change = read_line(line.body)
    except MalformedError as error:
        attempt.reject(error.reason, error.field)
        return attempt
    if change.sequence == line.sequence:
        attempt.change, attempt.sha256 = change, data_sha256(change)
    else:
        attempt.reject("out_of_order", "s")
    return attempt


def _groups(attempts: Sequence[_Attempt]) -> Iterator[_Group]:
    """Split into runs of neighbours of one group; a change without a group stands alone."""
    group: list[_Attempt] = []
    for attempt in attempts:
        if group and (attempt.group_id is None or attempt.group_id != group[-1].group_id):
            yield group
            group = []
        group.append(attempt)
    if group:
        yield group


def _is_plain(group: _Group) -> bool:
    """Return whether a group may be written in bulk with its neighbours."""
    return all(
        attempt.change is None or (attempt.change.entity, attempt.change.kind) in TOGETHER
        for attempt in group
    )


def _apply_together(groups: Sequence[_Group], before: _Progress) -> _Progress | None:
    """
    Apply groups with a few bulk statements.

    Return None, with nothing changed, if anything is refused but by its schema: what to answer
    then is left to `_apply_apart`.
    """
    done = replace(before, results=[*before.results])
    # The database's alone: to set up one of SQLAlchemy's takes a tenth of a small push.
    connection = open_connection(db.session())
    run(connection, "SAVEPOINT together")
    try:
        with before.batch.undone_on_error(), held_back() as held:
            look_up(held, _changes_of(groups), there=before.batch.there)
            for group in groups:
                copies = [attempt.again() for attempt in group]
                _apply_members(copies, done, guard=_Together)
                _check_whole(copies)
                _log_all(copies, done)
    except Exception as error:
        if isinstance(error, DBAPIError) and is_transient(error):
            raise
        logger.info("changes are applied one by one: %r", error)
        run(connection, "ROLLBACK TO SAVEPOINT together")
        db.session.expire_all()
        return None
    know_heads(heads_written(held, day=before.sender.received_at.date()))
    return done


def _check_whole(group: _Group) -> None:
    if len(group) > 1 and any(attempt.has_failed for attempt in group):
        raise _NotTogetherError("a group must be undone")


class _Together:
    """Around what is applied in bulk: any error there ends the attempt."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception):
            raise _NotTogetherError from error


def _apply_apart(groups: Sequence[_Group], progress: _Progress) -> None:
    """Apply groups one after the other: if one of a group fails, none of it is applied."""
    for group in groups:
        if len(group) == 1:  # its own savepoint does
            _apply_members(group, progress, guard=db.session.begin_nested)
        else:
            savepoint = db.session.begin_nested()
            _apply_members(group, progress, guard=db.session.begin_nested)
            if any(attempt.has_failed for attempt in group):
                savepoint.rollback()
                for attempt in group:
                    if not attempt.has_failed:
                        attempt.reject("group", "g")
            else:
                savepoint.commit()
        _log_all(group, progress)
        db.session.flush()


_Guard = Callable[[], AbstractContextManager[object]]


def _apply_members(group: _Group, progress: _Progress, *, guard: _Guard) -> None:
    """Apply the changes of a group up to the first that fails."""
    previous_at = progress.previous_at
    for attempt in group:
        if attempt.change is not None:
            _apply(attempt, attempt.change, progress, previous_at, guard)
        if attempt.has_failed:
            break
        if attempt.incoming is not None:
            previous_at = attempt.incoming.at


def _apply(
    attempt: _Attempt,
    change: Change,
    progress: _Progress,
    previous_at: dt.datetime | None,
    guard: _Guard,
) -> None:
    """Apply a change or find the answer why not. Only a database that cannot now gets through.

    :param guard: around what writes; a savepoint of its own, because on PostgreSQL a failed
        statement would end the group's too
    """
    batch = progress.batch
    assert attempt.sha256 is not None
    try:
        if _is_answered(attempt, change, batch):
            return
        attempt.incoming = read_change(
            change,
            sender=progress.sender,
            sha256=attempt.sha256,
            previous_at=previous_at,
            own_versions=batch.own_versions.get(change.record_id, ()),
        )
        if change.kind is not Kind.CREATE:  # one that is there has been answered
            attempt.version_before = _version(change)
        incoming, moved = at_survivor(attempt.incoming)
        applied = carry_out(incoming, guard)
        merged = (moved if change.entity in MODELS else {}) | applied.merged
        attempt.result = Result(
            change.sequence,
            Status.MERGED if merged else Status.APPLIED,
            version=applied.version,
            fields=merged,
            flags=applied.flags,
        )
    except _NotTogetherError:
        raise
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
        attempt.error = _storable(traceback.format_exc())
        attempt.reject("internal")


def _storable(text: str) -> str:
    """Return a text as databases take it: an error may quote what none of them does."""
    return text.replace("\0", "\\0").encode(errors="backslashreplace").decode()


def _is_answered(attempt: _Attempt, change: Change, batch: Batch) -> bool:
    """Return whether the answer is known, for the same came before in another way."""
    assert attempt.sha256 is not None
    attempt.result = _seen_before(change, attempt.sha256, batch)
    if attempt.result is None and (sent := batch.sent_before(change)) is not None:
        attempt.result = sent.answer(change.sequence)
        attempt.version_before = sent.version_before
    return attempt.result is not None


def _seen_before(change: Change, sha256: bytes, batch: Batch) -> Result | None:
    """Return the answer for a create whose record is there: the same again, or an id used twice."""
    if change.kind is not Kind.CREATE:
        return None
    first = batch.created.get(change.record_id)
    exists = first is None and _version(change) > 0
    if exists:  # made since the batch began, or not by a phone
        batch.look_up_created()
        first = batch.created.get(change.record_id)
    if first is not None and _says_the_same(first, change, sha256):
        return replace(Result.from_wire(first.wire), sequence=change.sequence, duplicate=True)
    if first is not None or exists:
        return Result(change.sequence, Status.REJECTED, code="id_reused", field_name="id")
    return None


def _says_the_same(first: Created, change: Change, sha256: bytes) -> bool:
    if first.entity != change.entity:
        return False
    if first.data_sha256 == sha256:
        return True
    return first.data_sha256 == data_sha256_of_before(change)


def _version(change: Change) -> int:
    """Return the version of the record a change is about; 0 where there is none."""
    model = MODELS.get(change.entity.partition(".")[0])
    return 0 if model is None else record_version(model, change.record_id)


def _log_all(group: _Group, progress: _Progress) -> None:
    for attempt in group:
        progress.results.append(_log(attempt, progress.sender, progress.batch))
        if attempt.incoming is not None:
            progress.previous_at = attempt.incoming.at


def _log(attempt: _Attempt, sender: Sender, batch: Batch) -> list[Any]:
    """Keep the line with its answer, for ever the same, and what a person must look at."""
    line, change, result = attempt.line, attempt.change, attempt.result
    assert result is not None
    wire = result.to_wire()
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
            "result": wire,
            "data_sha256": attempt.sha256,
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
    return wire
