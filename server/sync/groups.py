"""Applying lines in their order: groups, savepoints, and the answer each change gets for ever.

Neighbours that only add are first tried together, in bulk (`together.py`). Whatever goes wrong
then, they are applied one by one, each in its savepoint: only that way decides what is refused and
why.
"""

import datetime as dt
import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy.exc import DBAPIError

from server.platform.database import db, is_postgresql, open_connection
from server.platform.driver import settle
from server.platform.errors import ProblemError
from server.sync.ahead import FEW
from server.sync.apply import ConflictError, NotAllowedError
from server.sync.attempts import (
    Attempt,
    Group,
    answer_of_before,
    changes_of,
    groups_of,
    read_attempt,
    version_of,
)
from server.sync.batch import Batch, Logged, kept_in_memory
from server.sync.entities import MODELS, TOGETHER, ask_ahead
from server.sync.incoming import Sender, read_change
from server.sync.lines import Line
from server.sync.models import Conflict, Quarantine
from server.sync.survivors import at_survivor
from server.sync.together import apply_together
from server.sync.tombstones import carry_out
from server.sync.transient import is_transient
from shared.schemas.limits import InvalidRecordError
from shared.sync.ids import new_id
from shared.sync.protocol import Change, Kind, Result, Status
from shared.time import business_day

logger = logging.getLogger(__name__)


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
    lines: Sequence[Line],
    sender: Sender,
    *,
    previous_at: dt.datetime | None,
    in_bulk: bool = True,
) -> list[list[Any]]:
    """
    Apply new lines in their order, log each with its answer, and return the answers.

    :param previous_at: when the change before the first was made; None: unknown, or there is none
    :param in_bulk: whether neighbours are first tried together
    :raises NotTogetherError: if these must be applied one by one, in a new transaction
    """
    attempts = [read_attempt(line) for line in lines]
    changes = changes_of([attempts])
    all_plain = _is_plain(attempts)
    # Of other batches some rows are changed before they are asked for.
    if in_bulk and all_plain and len(lines) > FEW and is_postgresql():
        day = business_day(sender.received_at, sender.time_zone)
        ask_ahead(changes, rep_id=sender.rep_id, day=day)
    batch = Batch(changes, sender=sender)
    progress = _Progress(sender, batch, previous_at, [])
    groups_in_order = groups_of(attempts)
    runs = [(True, groups_in_order)] if all_plain else groupby(groups_in_order, key=_is_plain)
    for is_plain, neighbours in runs:
        groups = list(neighbours)
        done = None
        if in_bulk and is_plain:
            done = apply_together(
                groups,
                sender,
                batch,
                previous_at=progress.previous_at,
                with_savepoint=len(lines) > FEW,
            )
        if done is not None:
            progress.previous_at = done.previous_at
            progress.results += done.results
            continue
        # What PostgreSQL may still say of rows written in bulk is none of these changes' fault.
        settle(open_connection(db.session()))
        with kept_in_memory(changes_of(groups)):
            _apply_apart(groups, progress)
    batch.write_log()
    return progress.results


def _is_plain(group: Group) -> bool:
    """Return whether a group may be written in bulk with its neighbours."""
    for attempt in group:
        change = attempt.change
        if change is not None and (change.entity, change.kind) not in TOGETHER:
            return False
    return True


def _apply_apart(groups: Sequence[Group], progress: _Progress) -> None:
    """Apply groups one after the other: if one of a group fails, none of it is applied."""
    for group in groups:
        if len(group) == 1:  # its own savepoint does
            _apply_members(group, progress)
        else:
            savepoint = db.session.begin_nested()
            _apply_members(group, progress)
            if any(attempt.has_failed for attempt in group):
                savepoint.rollback()
                for attempt in group:
                    if not attempt.has_failed:
                        attempt.reject("group", "g")
            else:
                savepoint.commit()
        _log_all(group, progress)
        db.session.flush()


def _apply_members(group: Group, progress: _Progress) -> None:
    """Apply the changes of a group up to the first that fails."""
    previous_at = progress.previous_at
    for attempt in group:
        if attempt.change is not None:
            _apply(attempt, attempt.change, progress, previous_at)
        if attempt.has_failed:
            break
        if attempt.incoming is not None:
            previous_at = attempt.incoming.at


def _apply(
    attempt: Attempt, change: Change, progress: _Progress, previous_at: dt.datetime | None
) -> None:
    """Apply a change or find the answer why not. Only a database that cannot now gets through."""
    batch = progress.batch
    try:
        if (known := answer_of_before(change, attempt.sha256, batch)) is not None:
            attempt.result, attempt.version_before = known
            return
        attempt.incoming = read_change(
            change,
            sender=progress.sender,
            sha256=attempt.sha256,
            previous_at=previous_at,
            own_versions=batch.own_versions.get(change.record_id, ()),
        )
        if change.kind is not Kind.CREATE:  # one that is there has been answered
            attempt.version_before = version_of(change, lock=True)
        incoming, moved = at_survivor(attempt.incoming)
        applied = carry_out(incoming)
        merged = (moved if change.entity in MODELS else {}) | applied.merged
        attempt.result = Result(
            change.sequence,
            Status.MERGED if merged else Status.APPLIED,
            version=applied.version,
            fields=merged,
            flags=applied.flags,
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
        attempt.error = _storable(traceback.format_exc())
        attempt.reject("internal")


def _storable(text: str) -> str:
    """Return a text as databases take it: an error may quote what none of them does."""
    return text.replace("\0", "\\0").encode(errors="backslashreplace").decode()


def _log_all(group: Group, progress: _Progress) -> None:
    for attempt in group:
        progress.results.append(_log(attempt, progress.sender, progress.batch))
        if attempt.incoming is not None:
            progress.previous_at = attempt.incoming.at


def _log(attempt: Attempt, sender: Sender, batch: Batch) -> list[Any]:
    """Keep the line with its answer, for ever the same, and what a person must look at."""
    line, change, result = attempt.line, attempt.change, attempt.result
    assert result is not None
    wire = result.to_wire()
    batch.log(
        Logged(
            sender.device_id,
            line.sequence,
            change.entity if change else "",
            change.record_id if change else "",
            change.kind if change else "",
            result.status,
            attempt.version_before,
            result.version or 0,
            wire,
            attempt.sha256 or None,
            line.line,
            line.head,
            attempt.incoming.at if attempt.incoming else None,
            sender.received_at,
        )
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
                theirs=attempt.theirs or {},
                at=sender.received_at,
            )
        )
    return wire
