"""The feed of changed rows: the one place where `sync_scope` and `sync_index` are written.

Every feature says `record_changed(entity, id)` after it wrote a row that phones may see. The
records are noted, and entered into the feed when the transaction commits: the rows of the scopes
are locked last, so that transactions wait for each other only while they commit, and the order of
positions is the order of commits (docs/sync.md).
"""

import datetime as dt
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import bindparam, delete, event, func, select
from sqlalchemy.orm import Session, SessionTransaction

from server.identity.models import Device
from server.planning.models import JourneyStop
from server.platform.database import (
    among,
    db,
    is_postgresql,
)
from server.platform.events import records_changed
from server.sync.downward import DOWNWARD
from server.sync.feed import (
    FEED,
    Begun,
    Entered,
    Entry,
    Key,
    ScopeState,
    begin,
    chunks,
    heads_now,
    indexed,
    lock,
    move_on,
    write,
)
from server.sync.models import Scope, SyncIndex, Unannounced
from server.sync.row import Head
from shared import failpoints
from shared.sync import cursors
from shared.sync.protocol import RowEvent, rep_scope

_NOTED = "sync_changes"
_TOLD = "sync_heads"
_STOP = "stop"
REMEMBERED = dt.timedelta(days=180)
"""A phone that was away for longer fetches everything anew."""

_TO_LIMIT = select(Scope).where(among(Scope.id)).order_by(Scope.id).with_for_update()


class _Told(NamedTuple):
    """What the transaction knows of a row that it wrote itself, and holds."""

    head: Head
    is_new: bool
    """Nobody else can have entered it, so that the feed is not asked. Where it knows the id of one
    that was deleted for good, the database refuses, and a push is done again one by one."""


_NOTHING: Mapping[Key, _Told] = MappingProxyType({})


def connect() -> None:
    """Listen to the features, and to the end of transactions."""
    records_changed.connect(_note)
    if not event.contains(Session, "before_commit", _before_commit):
        event.listen(Session, "before_commit", _before_commit)
        event.listen(Session, "after_transaction_end", _forget)


def know_heads(heads: Iterable[tuple[str, str, Head, bool]]) -> None:
    """Take what the transaction wrote past the session, so that it need not be read again.

    :param heads: entity, record id, head, and whether the row is new; told after the change was
    """
    told: dict[Key, _Told] = db.session.info.setdefault(_TOLD, {})
    for entity, record_id, head, is_new in heads:
        told[entity, record_id] = _Told(head, is_new)


def _note(_sender: object, *, entity: str, record_ids: Iterable[str]) -> None:
    info = db.session().info
    noted: dict[Key, None] = info.setdefault(_NOTED, {})
    told: dict[Key, _Told] = info.get(_TOLD, {})
    for record_id in record_ids:
        noted[entity, record_id] = None
        if told:
            told.pop((entity, record_id), None)


def _before_commit(session: Session) -> None:
    if session.get_nested_transaction() is not None:
        return  # a savepoint; what it noted may still be rolled back, and then costs a look
    noted: dict[Key, None] | None = session.info.pop(_NOTED, None)
    told: dict[Key, _Told] = session.info.pop(_TOLD, {})
    if noted:
        session.flush()
        record_changes(noted, told=told)


def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_NOTED, None)
        session.info.pop(_TOLD, None)


def record_changes(
    keys: Iterable[Key], *, told: Mapping[Key, _Told] = MappingProxyType({})
) -> None:
    """Enter rows as they are now into the feeds of their scopes, at the end of a transaction.

    A row that did not change since it was entered costs a look and no more.

    :param told: what is known of some of them
    """
    begun, wanted = _split(keys, told)
    if not begun and not wanted:
        return
    if _STOP in wanted:
        # A planned stop lets its rep see the customer.
        wanted.setdefault("customer", set()).update(_customers_of(wanted[_STOP]))
    by_entity = {entity: sorted(wanted[entity]) for entity in sorted(wanted)}
    unknown = _but(by_entity, told)
    before = indexed(unknown)
    heads = heads_now(unknown)
    heads |= {key: told[key].head for key in _keys(by_entity) if key in told}
    scopes = lock(_scopes_of(before.values(), heads.values()) | set(begun))
    if is_postgresql():  # another transaction may have committed while this one waited
        known = indexed(by_entity)
        now = {key: known[key] for key in _keys(unknown) if key in known}
        if moved := _moved(before, now):
            heads |= heads_now(moved)
    else:
        known = before | indexed(_but(by_entity, set(_keys(unknown))))
    if more := _scopes_of(known.values(), heads.values()) - set(scopes):
        scopes |= lock(more)
    _enter(by_entity, heads, known, scopes, begun=begun)
    failpoints.reach("server: feed written")


def _split(
    keys: Iterable[Key], told: Mapping[Key, _Told]
) -> tuple[dict[str, list[Begun]], dict[str, set[str]]]:
    """Return new rows of which all is told, as most of a push are, by scope; others by entity."""
    begun: dict[str, list[Begun]] = {}
    others: dict[str, set[str]] = {}
    for entity, record_id in keys:
        known = told.get((entity, record_id))
        version = known.head.version if known is not None and known.is_new else None
        if known is None or version is None or entity == _STOP:  # whose customer is looked at, too
            others.setdefault(entity, set()).add(record_id)
            continue
        for scope in known.head.scopes:
            begun.setdefault(scope, []).append((entity, record_id, version))
    return begun, others


def _enter(
    by_entity: Mapping[str, Sequence[str]],
    heads: Mapping[Key, Head],
    known: Mapping[Key, dict[str, Entry]],
    scopes: Mapping[str, ScopeState],
    *,
    begun: dict[str, list[Begun]],
) -> None:
    """
    Enter records into locked scopes: first those that are new to the feed, then the others.

    :param begun: by scope, new ones that are not among the others
    """
    others: list[Key] = []
    for key in _keys(by_entity):
        row = heads.get(key)
        if row is None or row.version is None or known.get(key):
            others.append(key)
        else:
            for scope in row.scopes:
                begun.setdefault(scope, []).append((*key, row.version))
    for scope, rows in begun.items():
        begin(scope, scopes[scope], sorted(rows))
    entries: list[Entered] = []
    for key in others:
        entries += _advance(*key, heads.get(key), known.get(key, {}), scopes)
    write(entries, known)
    move_on({scope: scopes[scope] for scope in {*begun, *(entry.scope for entry in entries)}})


def _keys(by_entity: Mapping[str, Sequence[str]]) -> Iterator[Key]:
    for entity, ids in by_entity.items():
        for record_id in ids:
            yield entity, record_id


def _but(by_entity: Mapping[str, Sequence[str]], known: Container[Key]) -> dict[str, Sequence[str]]:
    """Return the records that are not known."""
    left: dict[str, list[str]] = {}
    for entity, record_id in _keys(by_entity):
        if (entity, record_id) not in known:
            left.setdefault(entity, []).append(record_id)
    return dict(left)


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
        for chunk in chunks(ids):
            known = indexed({entity: chunk})
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


def forget_heard_news(*, before: dt.datetime) -> None:
    """Take news that all phones of a rep have heard out of the rep's feed, but for the latest.

    No phone misses them: those that are there have them, one that comes begins at the beginning.
    """
    heard = db.session.execute(
        select(Device.user_id, func.min(Device.fetched).label("position"))
        .where(Device.revoked_at.is_(None), Device.wiped_at.is_(None))
        .group_by(Device.user_id)
    )
    scopes = [
        {"of_scope": rep_scope(row.user_id), "heard": row.position, "before": before}
        for row in heard
        if row.position
    ]
    if scopes:
        db.session.connection().execute(_FORGET_HEARD, scopes)


_FORGET_HEARD = delete(FEED).where(
    FEED.c.scope == bindparam("of_scope"),
    FEED.c.position <= bindparam("heard"),
    FEED.c.event != str(RowEvent.PUT),
    FEED.c.at < bindparam("before"),
)


def _advance(
    entity: str,
    record_id: str,
    row: Head | None,
    known: Mapping[str, Entry],
    scopes: Mapping[str, "ScopeState"],
) -> Iterator[Entered]:
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
        event_ = str(RowEvent.PUT if is_there else gone)
        yield Entered(scope_id, entity, record_id, scope.head, event_, version, scope.at)


def _moved(
    before: Mapping[Key, dict[str, Entry]], after: Mapping[Key, dict[str, Entry]]
) -> dict[str, list[str]]:
    """Return the records of which the feed says something else than before."""
    moved: dict[str, list[str]] = {}
    for key in before.keys() | after.keys():
        if before.get(key) != after.get(key):
            moved.setdefault(key[0], []).append(key[1])
    return moved


def _scopes_of(known: Iterable[Mapping[str, object]], heads: Iterable[Head]) -> set[str]:
    scopes = {scope for entries in known for scope in entries}
    # Few different ones, each of many rows.
    return scopes.union(*{head.scopes for head in heads})


def _customers_of(stop_ids: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for ids in chunks(sorted(stop_ids)):
        found |= set(
            db.session.scalars(select(JourneyStop.customer_id).where(among(JourneyStop.id, ids)))
        )
    return found
