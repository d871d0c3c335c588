"""Pull: what changed in a phone's scopes since its cursors, each row as it is now.

Must run in one snapshot of the database (`snapshot`), so that the last page makes the phone equal
to one state of the server, with whole groups and all parents.
"""

import datetime as dt
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, select, update

from server.identity.models import Device
from server.platform.database import Model, among, db, is_postgresql
from server.platform.durable import wait_for_disk
from server.platform.errors import ProblemError
from server.platform.prepared import Prepared
from server.sync.contents import digests_of
from server.sync.doubts import results_before, results_of
from server.sync.downward import DOWNWARD
from server.sync.epochs import EpochEndedError, current_epoch
from server.sync.forks import check_not_forked, last_common
from server.sync.models import Scope, SyncIndex
from server.sync.row import Row
from shared.i18n import N_
from shared.sync.protocol import (
    MAX_PAGE_BYTES,
    ORG_SCOPE,
    PullAnswer,
    PullRequest,
    RowEvent,
    rep_scope,
)

_ENTRIES = Prepared(
    lambda: (
        select(
            SyncIndex.scope,
            SyncIndex.position,
            SyncIndex.event,
            SyncIndex.entity,
            SyncIndex.record_id,
            SyncIndex.version,
        )
        .where(SyncIndex.scope == bindparam("scope"), SyncIndex.position > bindparam("position"))
        .order_by(SyncIndex.position)
        .limit(bindparam("most"))
    )
)
_SCOPES = Prepared(
    lambda: select(Scope.id, Scope.head, Scope.floor, Scope.digest).where(among(Scope.id))
)
_NOTE_END = Prepared(
    lambda: (
        update(Model.metadata.tables[Device.__tablename__])
        .where(Device.id == bindparam("device_id"))
        .values(
            last_seen_at=bindparam("at"), last_synced_at=bindparam("at"), fetched=bindparam("had")
        )
    )
)
logger = logging.getLogger(__name__)
_PUT, _DELETE = str(RowEvent.PUT), str(RowEvent.DELETE)


class ResyncError(ProblemError):
    """What was deleted since the phone's cursor is forgotten here: it fetches the scope anew."""

    code = "resync"
    status = 410
    title = N_("This phone was away for long and fetches its data anew.")


@dataclass(frozen=True, slots=True)
class Page:
    """What to answer."""

    wire: dict[str, Any]
    """As `shared.sync.protocol.PullAnswer` reads it."""
    is_last: bool


@contextmanager
def snapshot() -> Iterator[None]:
    """Read one state of the database, whatever commits meanwhile; one that a power cut leaves."""
    db.session.rollback()
    if is_postgresql():
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield
    finally:
        db.session.rollback()
    wait_for_disk()


def pull(
    *,
    request: PullRequest,
    rep_id: str,
    through: int,
    chain_head: bytes,
    anchor_token: str,
    organisation: dict[str, Any],
) -> Page:
    """
    Return the next page for a rep's phone.

    :param through: last change of this phone with a committed result
    :param chain_head: where its chain stood after that
    :param organisation: settings the phone goes by, told with the last page
    :raises EpochEndedError: if the phone remembers a database that is gone
    :raises ForkedError: if another phone has sent its own changes in the place of this one's
    :raises ResyncError: if its cursor is older than what is remembered of deletions
    """
    epoch = current_epoch()
    if request.epoch != epoch or request.settled > through:
        raise EpochEndedError(epoch=epoch, through=through)
    if request.head:
        check_not_forked(
            device_id=request.device_id,
            settled=request.settled,
            head=request.head,
            through=through,
            here=chain_head,
        )
    names = (ORG_SCOPE, rep_scope(rep_id))
    scopes = {row[0]: _Scope._make(row[1:]) for row in _SCOPES.rows(ids=names)}
    cursors: dict[str, int] = {}
    entries: list[_Entry] = []
    more = False
    for name in names:
        scope, position = scopes.get(name), request.cursors.get(name, 0)
        head = scope.head if scope else 0
        if position > head:
            raise EpochEndedError(epoch=epoch, through=through)
        if scope is not None and _missed(scope, position, request.floors.get(name)):
            raise ResyncError(scope=name)
        room = request.limit - len(entries)
        found = _entries(name, position, room + 1)
        cursors[name] = head
        if len(found) > room:
            found, more = found[:room], True
            cursors[name] = found[-1].position if found else position
        entries += found
    written = _written(entries)
    kept = _fitting(written)
    if kept < len(written):
        more = True
        cursors = _cursors_of(entries[:kept], names, request.cursors)
    answer = PullAnswer(
        request_id=request.request_id,
        epoch=epoch,
        scopes=names,
        changes=(),
        cursors=cursors,
        digests=(
            {}
            if more
            else {name: scopes[name].digest if name in scopes else "0" * 16 for name in names}
        ),
        more=more,
        anchor_token=anchor_token,
        floors={name: scope.floor for name, scope in scopes.items() if scope.floor},
        organisation={} if more else organisation,
        results=() if more else results_of(request),
        results_before={} if more else results_before(request, rep_id=rep_id),
        contents={} if more or request.compares is None else digests_of(names),
        common=last_common(request.device_id, request.heads) if request.heads else None,
    )
    if request.compares and not more:
        _tell(request)
    # Each row is written as JSON once, and its bytes are put into the page as they are.
    page = [orjson.Fragment(row) for row in written[:kept]]
    return Page(answer.to_wire() | {"changes": page}, is_last=not more)


def _tell(request: PullRequest) -> None:
    """Let whoever looks after the server know that somebody wrote past versions and feed."""
    logger.error(
        "device %s had other contents than the tables under the same versions: %s; it fetches them",
        request.device_id,
        ", ".join(request.compares or ()),
    )


def note_end(*, device_id: str, request: PullRequest, rep_id: str, at: dt.datetime) -> None:
    """Note that a phone had nothing left to send and fetches the last; what it had before that."""
    had = request.cursors.get(rep_scope(rep_id), 0)
    _NOTE_END.write(device_id=device_id, at=at, had=had)


class _Scope(NamedTuple):
    """How a scope stands."""

    head: int
    floor: int
    digest: str


def _missed(scope: _Scope, position: int, floor: int | None) -> bool:
    """Return whether a phone may hold rows of whose end it will not hear any more.

    :param floor: the scope's when the phone began to fetch it from its beginning
    """
    return 0 < position < scope.floor and floor != scope.floor


class _Entry(NamedTuple):
    """What the feed of a scope says of a record."""

    scope: str
    position: int
    event: str
    entity: str
    record_id: str
    version: int


def _entries(scope: str, position: int, limit: int) -> list[_Entry]:
    found = _ENTRIES.rows(scope=scope, position=position, most=limit)
    return [_Entry._make(entry) for entry in found]


def _written(entries: Sequence[_Entry]) -> list[bytes]:
    """Return entries of the page as JSON: as `shared.sync.protocol.RowChange` reads them."""
    wanted: dict[str, list[str]] = {}
    for entry in entries:
        if entry.event == _PUT:
            wanted.setdefault(entry.entity, []).append(entry.record_id)
    rows: dict[str, dict[str, Row]] = {}
    for entity, ids in wanted.items():
        rows[entity] = DOWNWARD[entity].read(ids)
    return [orjson.dumps(_wire(entry, rows)) for entry in entries]


def _wire(entry: _Entry, rows: Mapping[str, Mapping[str, Row]]) -> Sequence[Any]:
    if entry.event != _PUT:
        return entry[:5]
    row = rows[entry.entity].get(entry.record_id)
    if row is not None:
        return (*entry, row.fields)
    # One that is not there was deleted behind the feed's back; `tapak sync check` says so.
    return (entry.scope, entry.position, _DELETE, entry.entity, entry.record_id)


def _fitting(written: Sequence[bytes]) -> int:
    """Return how many changes fit into a page; at least one, whatever its size."""
    size = 0
    for count, row in enumerate(written):
        size += len(row)
        if size > MAX_PAGE_BYTES and count > 0:
            return count
    return len(written)


def _cursors_of(
    entries: Sequence[_Entry], names: Sequence[str], before: dict[str, int]
) -> dict[str, int]:
    reached = {name: before.get(name, 0) for name in names}
    for entry in entries:
        reached[entry.scope] = entry.position
    return reached
