"""Rows of the feed: read, locked and written. `changes.py` decides what is entered."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, true, update

from server.platform.bulk import insert_columns, insert_tuples
from server.platform.database import Model, Several, UtcDateTime, among, is_postgresql, upsert
from server.platform.prepared import Prepared
from server.sync.downward import heads_of
from server.sync.models import Scope, SyncIndex
from server.sync.row import Head
from shared.sync import cursors
from shared.sync.protocol import RowEvent

Key = tuple[str, str]
"""(entity, record id)"""

FEED = Model.metadata.tables[SyncIndex.__tablename__]
_PUT = str(RowEvent.PUT)

_CHUNK = 2_000
"""Records looked at in one statement, so that memory does not grow with an import."""


def _entries() -> Any:
    feed = SyncIndex
    said = select(feed.entity, feed.record_id, feed.scope, feed.event, feed.version)
    of_entities = among(feed.entity, name="entities")
    if not is_postgresql():
        return said.where(of_entities, among(feed.record_id))
    # Id by id: while PostgreSQL takes the feed for small, it would read all of these entities.
    ids = func.unnest(bindparam("ids", type_=Several(feed.record_id.type)))
    wanted = ids.table_valued("id").render_derived("wanted")
    each = said.where(of_entities, feed.record_id == wanted.c.id).offset(0).lateral("each")
    return select(each).select_from(wanted).join(each, true())


_ENTRIES = Prepared(_entries)
_LOCKED = Prepared(
    lambda: (
        select(Scope.id, Scope.head, Scope.digest, func.now(type_=UtcDateTime))
        .where(among(Scope.id))
        .order_by(Scope.id)
        .with_for_update()
    )
)
_ADVANCE = Prepared(
    lambda: (
        update(Model.metadata.tables[Scope.__tablename__])
        .where(Scope.id == bindparam("scope"))
        .values(head=bindparam("now_head"), digest=bindparam("now_digest"))
    )
)
_PLACE = ("scope", "entity", "record_id")

Begun = tuple[str, str, int]
"""(entity, record id, version) of a row that the feed did not know."""


class Entered(NamedTuple):
    """A row of the feed, as it is to be."""

    scope: str
    entity: str
    record_id: str
    position: int
    event: str
    version: int
    at: dt.datetime


class Entry(NamedTuple):
    """What the feed of a scope says of a record."""

    event: str
    version: int


@dataclass(slots=True)
class ScopeState:
    """A locked scope, changed in memory and written once."""

    head: int
    digest: int
    at: dt.datetime
    """The database's time."""


def lock(scope_ids: Iterable[str]) -> dict[str, ScopeState]:
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


def _locked(ids: Sequence[str]) -> dict[str, ScopeState]:
    return {
        scope: ScopeState(head, int(digest, 16), at)
        for scope, head, digest, at in _LOCKED.rows(ids=ids)
    }


def heads_now(by_entity: Mapping[str, Sequence[str]]) -> dict[Key, Head]:
    """Return versions and scopes of the rows as they are now; none of one that is gone."""
    heads: dict[Key, Head] = {}
    for some in _portions(by_entity):
        heads |= heads_of(some)
    return heads


def indexed(by_entity: Mapping[str, Sequence[str]]) -> dict[Key, dict[str, Entry]]:
    """Return what the feed says of records, by scope."""
    known: dict[Key, dict[str, Entry]] = {}
    for some in _portions(by_entity):
        ids = [record_id for each in some.values() for record_id in each]
        found = _ENTRIES.rows(entities=list(some), ids=ids)
        for entity, record_id, scope, event_, version in found:
            # Perhaps more than was asked, where two entities share an id; that does no harm.
            known.setdefault((entity, record_id), {})[scope] = Entry(event_, version)
    return known


def begin(scope: str, state: ScopeState, rows: Sequence[Begun]) -> None:
    """
    Enter rows that are new to the feed, as most are, into a locked scope.

    By columns: a push of a phone enters five hundred.

    :raises sqlalchemy.exc.IntegrityError: if the feed knows one all the same, perhaps only with
        what is asked next; the transaction is to be repeated with the feed asked before
    """
    entities, ids, versions = zip(*rows, strict=True)
    first = state.head + 1
    state.head += len(rows)
    state.digest += sum(map(cursors.row_digest, entities, ids, versions))
    columns: dict[str, Sequence[Any]] = {
        "scope": [scope] * len(rows),
        "entity": entities,
        "record_id": ids,
        "position": range(first, first + len(rows)),
        "event": [_PUT] * len(rows),
        "version": versions,
        "at": [state.at] * len(rows),
    }
    insert_columns(FEED, tuple(columns), [*columns.values()])


def write(entries: Sequence[Entered], known: Mapping[Key, Mapping[str, Entry]]) -> None:
    """Write what locked scopes say now: nobody else can have entered a record meanwhile."""
    fresh: list[Entered] = []
    others: list[Entered] = []
    for entry in entries:
        is_known = entry.scope in known.get((entry.entity, entry.record_id), ())
        (others if is_known else fresh).append(entry)
    insert_tuples(FEED, Entered._fields, fresh)
    insert_tuples(FEED, Entered._fields, others, replacing=_PLACE)


def move_on(scopes: Mapping[str, ScopeState]) -> None:
    """Write where locked scopes stand now."""
    _ADVANCE.write_all(
        {
            "scope": scope,
            "now_head": state.head,
            "now_digest": cursors.to_text(cursors.add(state.digest, 0)),
        }
        for scope, state in scopes.items()
    )


def chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _portions(by_entity: Mapping[str, Sequence[str]]) -> Iterator[Mapping[str, Sequence[str]]]:
    """Give all of it at once where it is little, as of a push, else in portions."""
    if not by_entity:
        return
    if sum(len(ids) for ids in by_entity.values()) <= _CHUNK:
        yield by_entity
        return
    for entity, ids in by_entity.items():
        for chunk in chunks(ids):
            yield {entity: chunk}
