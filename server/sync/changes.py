"""The feed of changed rows: the one place where `sync_scope` and `sync_index` are written.

Every feature says `record_changed(entity, id)` after it wrote a row that phones may see. The
records are noted, and entered into the feed when the transaction commits: the rows of the scopes
are locked last, so that transactions wait for each other only while they commit, and the order of
positions is the order of commits (docs/sync.md).
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, event, func, select, update
from sqlalchemy.orm import Session, SessionTransaction

from server.planning.models import JourneyStop
from server.platform.bulk import insert_rows
from server.platform.database import (
    Model,
    UtcDateTime,
    among,
    db,
    dialect_insert,
    is_postgresql,
    upsert,
)
from server.platform.events import records_changed
from server.platform.prepared import Prepared
from server.sync.downward import DOWNWARD, heads_of
from server.sync.models import Scope, SyncIndex, Unannounced
from server.sync.row import Head
from shared import failpoints
from shared.sync import cursors
from shared.sync.protocol import RowEvent

_NOTED = "sync_changes"
_CHUNK = 2_000
"""Records looked at in one statement, so that memory does not grow with an import."""

REMEMBERED = dt.timedelta(days=180)
"""A phone that was away for longer fetches everything anew."""

_ENTRIES = Prepared(
    lambda: select(
        SyncIndex.entity, SyncIndex.record_id, SyncIndex.scope, SyncIndex.event, SyncIndex.version
    ).where(among(SyncIndex.entity, name="entities"), among(SyncIndex.record_id))
)
_LOCKED = Prepared(
    lambda: (
        select(Scope.id, Scope.head, Scope.digest, func.now(type_=UtcDateTime))
        .where(among(Scope.id))
        .order_by(Scope.id)
        .with_for_update()
    )
)
_TO_LIMIT = select(Scope).where(among(Scope.id)).order_by(Scope.id).with_for_update()
_ADVANCE = Prepared(
    lambda: (
        update(Model.metadata.tables[Scope.__tablename__])
        .where(Scope.id == bindparam("scope"))
        .values(head=bindparam("now_head"), digest=bindparam("now_digest"))
    )
)
_PLACE = ("scope", "entity", "record_id")
_REENTERED = ("position", "event", "version", "at")


def _reentering() -> Any:
    statement = dialect_insert(SyncIndex.__table__)
    return statement.on_conflict_do_update(
        index_elements=list(_PLACE),
        set_={name: statement.excluded[name] for name in _REENTERED},
    )


_REENTER = Prepared(_reentering, columns=(*_PLACE, *_REENTERED))

Key = tuple[str, str]
"""(entity, record id)"""


class _Entry(NamedTuple):
    """What the feed of a scope says of a record."""

    event: str
    version: int


@dataclass(slots=True)
class _State:
    """A locked scope, changed in memory and written once."""

    head: int
    digest: int
    at: dt.datetime
    """The database's time."""


def connect() -> None:
    """Listen to the features, and to the end of transactions."""
    records_changed.connect(_note)
    if not event.contains(Session, "before_commit", _before_commit):
        event.listen(Session, "before_commit", _before_commit)
        event.listen(Session, "after_transaction_end", _forget)


def _note(_sender: object, *, entity: str, record_ids: Iterable[str]) -> None:
    noted: dict[Key, None] = db.session.info.setdefault(_NOTED, {})
    noted.update(dict.fromkeys((entity, record_id) for record_id in record_ids))


def _before_commit(session: Session) -> None:
    if session.get_nested_transaction() is not None:
        return  # a savepoint; what it noted may still be rolled back, and then costs a look
    noted: dict[Key, None] | None = session.info.pop(_NOTED, None)
    if noted:
        session.flush()
        record_changes(noted)


def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_NOTED, None)


def record_changes(keys: Iterable[Key]) -> None:
    """Enter rows as they are now into the feeds of their scopes, at the end of a transaction.

    A row that did not change since it was entered costs a look and no more.
    """
    wanted: dict[str, set[str]] = {}
    for entity, record_id in keys:
        wanted.setdefault(entity, set()).add(record_id)
    if not wanted:
        return
    if "stop" in wanted:
        # A planned stop lets its rep see the customer.
        wanted.setdefault("customer", set()).update(_customers_of(wanted["stop"]))
    by_entity = {entity: sorted(wanted[entity]) for entity in sorted(wanted)}
    before = _indexed(by_entity)
    heads = _heads(by_entity)
    scopes = _lock(_scopes_of(before.values(), heads.values()))
    known = before
    if is_postgresql():  # another transaction may have committed while this one waited
        known = _indexed(by_entity)
        if moved := _moved(before, known):
            heads |= _heads(moved)
        if more := _scopes_of(known.values(), heads.values()) - set(scopes):
            scopes |= _lock(more)
    entries = [
        entry
        for entity, ids in by_entity.items()
        for record_id in ids
        for entry in _advance(
            entity,
            record_id,
            heads.get((entity, record_id)),
            known.get((entity, record_id), {}),
            scopes,
        )
    ]
    if entries:
        _write(entries, known, {scope: scopes[scope] for scope in {e["scope"] for e in entries}})
    failpoints.reach("server: feed written")


def _write(
    entries: Sequence[dict[str, Any]],
    known: Mapping[Key, Mapping[str, _Entry]],
    scopes: Mapping[str, _State],
) -> None:
    """Write what the locked scopes say now: nobody else can have entered a record meanwhile."""
    _ADVANCE.write_all(
        {
            "scope": scope,
            "now_head": state.head,
            "now_digest": cursors.to_text(cursors.add(state.digest, 0)),
        }
        for scope, state in scopes.items()
    )
    fresh: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for entry in entries:
        is_known = entry["scope"] in known.get((entry["entity"], entry["record_id"]), {})
        (others if is_known else fresh).append(entry)
    insert_rows(Model.metadata.tables[SyncIndex.__tablename__], fresh)
    if others:
        _REENTER.write_all(others)


def index_everything() -> int:
    """Enter every row phones may see, after rows were written in bulk; return how many."""
    return sum(_index(entity) for entity in DOWNWARD)


def announce() -> int:
    """Enter the rows of which an upgrade says more; return how many."""
    waiting = select(Unannounced).order_by(Unannounced.entity).with_for_update(skip_locked=True)
    count = 0
    for row in db.session.scalars(waiting).all():
        count += _index(row.entity)
        db.session.delete(row)
    return count


def _index(entity: str) -> int:
    ids = [str(found) for found in db.session.scalars(select(DOWNWARD[entity].id_column))]
    known = db.session.scalars(select(SyncIndex.record_id).where(SyncIndex.entity == entity))
    record_changes((entity, record_id) for record_id in {*ids, *known})
    return len(ids)


def wrong_scopes() -> list[str]:
    """Return the scopes whose feed does not say what the tables say: somebody bypassed it."""
    true: dict[str, int] = {}
    for entity, downward in DOWNWARD.items():
        ids = [str(found) for found in db.session.scalars(select(downward.id_column))]
        for chunk in _chunks(ids):
            known = _indexed({entity: chunk})
            for record_id, row in downward.read(chunk).items():
                for scope in row.scopes:
                    entry = known.get((entity, record_id), {}).get(scope)
                    version = (
                        row.version if row.version is not None else (entry.version if entry else 0)
                    )
                    part = cursors.row_digest(entity, record_id, version)
                    true[scope] = cursors.add(true.get(scope, 0), part)
    scopes = db.session.scalars(select(Scope).order_by(Scope.id))
    return [row.id for row in scopes if row.digest != cursors.to_text(true.get(row.id, 0))]


def forget_gone_rows(*, before: dt.datetime) -> int:
    """
    Take old news of rows that are gone out of the feed; return how many.

    A phone that has not heard of them yet has a cursor below the scope's floor from then on, and
    fetches that scope anew.
    """
    old = (SyncIndex.event != RowEvent.PUT, SyncIndex.at < before)
    tops = db.session.execute(
        select(SyncIndex.scope, func.max(SyncIndex.position).label("top"))
        .where(*old)
        .group_by(SyncIndex.scope)
    )
    # Not `dict(tops)`: a result has keys of its own, so that it would be taken for a mapping.
    floors = {row.scope: int(row.top) for row in tops}
    for scope in db.session.scalars(_TO_LIMIT, {"ids": sorted(floors)}):
        scope.floor = max(scope.floor, floors[scope.id])
    gone = db.session.execute(delete(SyncIndex).where(*old, SyncIndex.scope.in_(floors)))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _advance(
    entity: str,
    record_id: str,
    row: Head | None,
    known: Mapping[str, _Entry],
    scopes: Mapping[str, "_State"],
) -> Iterator[dict[str, Any]]:
    """Give the entries of one record that changed, and count them into their scopes."""
    now_in = row.scopes if row else frozenset[str]()
    version = row.version if row else 0
    if version is None:  # a table that keeps none: each word about a row is a new version
        version = 1 + max((entry.version for entry in known.values()), default=0)
    for scope_id in sorted(now_in | set(known)):
        scope, entry = scopes[scope_id], known.get(scope_id)
        was_there = entry is not None and entry.event == RowEvent.PUT
        is_there = scope_id in now_in
        if not is_there and not was_there:
            continue
        if entry is not None and was_there and is_there and entry.version == version:
            continue
        if entry is not None and was_there:
            scope.digest -= cursors.row_digest(entity, record_id, entry.version)
        if is_there:
            scope.digest += cursors.row_digest(entity, record_id, version)
        scope.head += 1
        gone = RowEvent.LEAVE if row else RowEvent.DELETE
        yield {
            "scope": scope_id,
            "entity": entity,
            "record_id": record_id,
            "position": scope.head,
            "event": str(RowEvent.PUT if is_there else gone),
            "version": version,
            "at": scope.at,
        }


def _lock(scope_ids: Iterable[str]) -> dict[str, _State]:
    """Lock scopes, always in the same order, and return them as they are now."""
    ids = sorted(scope_ids)
    locked = _locked(ids)
    missing = [scope_id for scope_id in ids if scope_id not in locked]
    if missing:
        upsert(
            Scope,
            [{"id": scope_id, "head": 0, "floor": 0, "digest": "0" * 16} for scope_id in missing],
            keys=["id"],
        )
        locked |= _locked(missing)
    return locked


def _locked(ids: Sequence[str]) -> dict[str, _State]:
    return {
        scope: _State(head, int(digest, 16), at)
        for scope, head, digest, at in _LOCKED.rows(ids=ids)
    }


def _heads(by_entity: Mapping[str, Sequence[str]]) -> dict[Key, Head]:
    """Return versions and scopes of the rows as they are now; none of one that is gone."""
    heads: dict[Key, Head] = {}
    for some in _portions(by_entity):
        heads |= heads_of(some)
    return heads


def _indexed(by_entity: Mapping[str, Sequence[str]]) -> dict[Key, dict[str, _Entry]]:
    """Return what the feed says of records, by scope."""
    known: dict[Key, dict[str, _Entry]] = {}
    for some in _portions(by_entity):
        ids = [record_id for each in some.values() for record_id in each]
        found = _ENTRIES.rows(entities=list(some), ids=ids)
        for entity, record_id, scope, event_, version in found:
            # Perhaps more than was asked, where two entities share an id; that does no harm.
            known.setdefault((entity, record_id), {})[scope] = _Entry(event_, version)
    return known


def _moved(
    before: Mapping[Key, dict[str, _Entry]], after: Mapping[Key, dict[str, _Entry]]
) -> dict[str, list[str]]:
    """Return the records of which the feed says something else than before."""
    moved: dict[str, list[str]] = {}
    for key in before.keys() | after.keys():
        if before.get(key) != after.get(key):
            moved.setdefault(key[0], []).append(key[1])
    return moved


def _scopes_of(known: Iterable[Mapping[str, object]], heads: Iterable[Head]) -> set[str]:
    scopes = {scope for entries in known for scope in entries}
    return scopes.union(*(head.scopes for head in heads))


def _customers_of(stop_ids: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for ids in _chunks(sorted(stop_ids)):
        found |= set(
            db.session.scalars(select(JourneyStop.customer_id).where(among(JourneyStop.id, ids)))
        )
    return found


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _portions(by_entity: Mapping[str, Sequence[str]]) -> Iterator[Mapping[str, Sequence[str]]]:
    """Give all of it at once where it is little, as of a push, else in portions."""
    if sum(len(ids) for ids in by_entity.values()) <= _CHUNK:
        yield by_entity
        return
    for entity, ids in by_entity.items():
        for chunk in _chunks(ids):
            yield {entity: chunk}
