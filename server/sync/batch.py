"""What a whole batch shares, so that a change costs few statements: looked up once, logged at once.

Nothing here changes what is decided; `groups.py` decides.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    JSON,
    LargeBinary,
    String,
    bindparam,
    cast,
    event,
    literal,
    null,
    or_,
    select,
    union_all,
)

from server.customers.models import Customer
from server.deals.models import Stage
from server.platform.bulk import insert_tuples
from server.platform.database import Model, among, db
from server.platform.prepared import Prepared
from server.sync.entities import MODELS
from server.sync.forebears import (
    TOOK,
    Sent,
    ask_for_versions_ahead,
    find_same,
    is_merged,
    own_versions,
    sent_before,
)
from server.sync.incoming import Sender
from server.sync.models import ChangeLog
from shared.sync.ids import is_id
from shared.sync.protocol import Change, Kind, Status

_ON_TOP = (Kind.PATCH, Kind.DELETE)
"""Kinds that are made on top of a version."""
_LOG = ""
"""In place of an entity: what the log says."""


@lru_cache(maxsize=128)
def _makers(entities: tuple[str, ...]) -> Prepared:
    """Return what finds the changes that made records, and which of these there are."""
    unsaid = (cast("", String), cast(null(), LargeBinary), cast(null(), JSON))

    def make_statement() -> Any:
        log = select(
            literal(_LOG),
            ChangeLog.record_id,
            ChangeLog.entity,
            ChangeLog.data_sha256,
            ChangeLog.result,
        ).where(
            among(ChangeLog.record_id),
            ChangeLog.kind == Kind.CREATE,
            or_(*(ChangeLog.status == status for status in TOOK)),
        )
        there = (
            select(literal(entity), cast(MODELS[entity].id, String), *unsaid).where(
                among(MODELS[entity].id, name=entity)
            )
            for entity in entities
        )
        return union_all(log, *there)

    return Prepared(make_statement)


_CUSTOMERS = select(Customer).where(among(Customer.id))
_STAGES = select(Stage)
_DEAL = "deal"
LAST_CAPTURED = (
    select(ChangeLog.captured_at)
    .where(ChangeLog.device_id == bindparam("device_id"), ChangeLog.captured_at.is_not(None))
    .order_by(ChangeLog.sequence.desc())
    .limit(1)
)
"""When the newest change of a phone was made."""


@dataclass(slots=True)
class Created:
    """The change that made a record."""

    entity: str
    data_sha256: bytes | None
    wire: list[Any]
    """Its answer."""


class Logged(NamedTuple):
    """A row of the log."""

    device_id: str
    sequence: int
    entity: str
    record_id: str
    kind: str
    status: Status
    version_before: int
    version: int
    result: list[Any]
    data_sha256: bytes | None
    line: bytes
    head: bytes
    captured_at: dt.datetime | None
    received_at: dt.datetime


class Batch:
    """Which records of the batch were made or changed before, and the log of its changes."""

    def __init__(self, changes: Sequence[Change], *, sender: Sender) -> None:
        self.created: dict[str, Created] = {}
        """By record id; those this batch makes and names again are added as they are logged."""
        self.there: set[str] = set()
        """Of the records it wants to make, those that there are."""
        self.own_versions: dict[str, list[tuple[int, int, bool]]] = {}
        """By record id: its version before and after each change of this phone that took."""
        self._sent = sent_before(changes, sender)
        self._made = _made(changes)
        self._changed = _changed(changes)
        self._rows: list[Logged] = []
        counts = Counter(change.record_id for change in changes)
        self._repeated = {record_id for record_id, count in counts.items() if count > 1}
        """Records that more than one change of the batch is about."""
        self.look_up_created()
        self._look_up_own_versions(sender)

    def look_up_created(self) -> None:
        """Find what the log knows of the records this batch wants to make."""
        if not self._made:
            return
        question, ids = _who_made(self._made)
        for of, record_id, entity, sha256, result in question.rows(**ids):
            if of == _LOG:
                self.created.setdefault(record_id, Created(entity, sha256, result))
            else:
                self.there.add(str(UUID(record_id)))

    def _look_up_own_versions(self, sender: Sender) -> None:
        if self._changed:
            for record_id, before, after, merged in own_versions(self._changed, sender):
                self.own_versions.setdefault(record_id, []).append((before, after, merged))

    def sent_before(self, change: Change) -> Sent | None:
        """Return the same change as this phone sent it when it was another device, or None."""
        return find_same(change, self._sent.get(change.record_id, ()))

    def log(self, row: Logged) -> None:
        """Keep a row of the log until `write_log`."""
        self._rows.append(row)
        if row.record_id not in self._repeated or row.status not in TOOK:
            return
        versions = (row.version_before, row.version, is_merged(row.kind, row.status))
        self.own_versions.setdefault(row.record_id, []).append(versions)
        if row.kind == Kind.CREATE:
            self.created.setdefault(row.record_id, Created(row.entity, row.data_sha256, row.result))

    def write_log(self) -> None:
        """Write the rows kept so far, all at once."""
        table = Model.metadata.tables[ChangeLog.__tablename__]
        insert_tuples(table, Logged._fields, self._rows)
        self._rows = []

    @contextmanager
    def undone_on_error(self) -> Iterator[None]:
        """Forget what was logged inside, if that fails."""
        rows, created = len(self._rows), dict(self.created)
        versions = {record_id: len(known) for record_id, known in self.own_versions.items()}
        try:
            yield
        except BaseException:
            del self._rows[rows:]
            self.created = created
            self.own_versions = {
                record_id: self.own_versions[record_id][:count]
                for record_id, count in versions.items()
            }
            raise


def ask_for_batch_ahead(changes: Sequence[Change]) -> None:
    """Have what a `Batch` of these changes asks come along with what is asked next."""
    if made := _made(changes):
        question, ids = _who_made(made)
        question.ask_behind(**ids)
    if changed := _changed(changes):
        ask_for_versions_ahead(changed)


def _made(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """Return entity and id of the records that changes want to make."""
    create = Kind.CREATE
    return [(change.entity, change.record_id) for change in changes if change.kind is create]


def _changed(changes: Sequence[Change]) -> list[str]:
    """Return the ids of the records that changes want to change."""
    return sorted({change.record_id for change in changes if change.kind in _ON_TOP})


def _who_made(made: Sequence[tuple[str, str]]) -> tuple[Prepared, dict[str, list[str]]]:
    """Return what asks for the changes that made records, and its parameters."""
    by_entity: dict[str, list[str]] = {}
    for entity, record_id in made:
        if entity in MODELS:
            by_entity.setdefault(entity, []).append(record_id)
    question = _makers(tuple(sorted(by_entity)))
    return question, {"ids": [record_id for _, record_id in made], **by_entity}


@contextmanager
def kept_in_memory(changes: Sequence[Change]) -> Iterator[None]:
    """
    Hold what the changes name, and what they make: the session alone forgets both at once.

    Only rows that are read by key and checked, or that no other transaction can see yet: a row
    others may change is read anew under its lock each time.
    """
    named = {str(change.data.get("customer_id")) for change in changes}
    customers = sorted(name for name in named if is_id(name))
    held: list[object] = []
    if any(change.entity == _DEAL for change in changes):
        held += db.session.scalars(_STAGES)
    if customers:
        held += db.session.scalars(_CUSTOMERS, {"ids": customers})
    session = db.session()

    def hold(_session: object, made: object) -> None:
        held.append(made)

    event.listen(session, "pending_to_persistent", hold)
    try:
        yield
    finally:
        event.remove(session, "pending_to_persistent", hold)
