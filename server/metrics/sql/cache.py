"""Answers kept until a number in them may have changed.

Whoever writes to a table that answers are read from raises one version in the same transaction, as
its last step: whatever can be seen is then already in the version that can be seen, in every
process. An answer is kept under the version that was read before it was put together, so it may be
newer than its version and never older.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import event, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import SessionTransaction

from server.metrics.models import NumbersVersion
from server.metrics.rollups.months import COUNTED, EVERY_MONTH
from server.platform.bulk import WRITTEN, note_written
from server.platform.database import db
from server.platform.prepared import Prepared

Answer = TypeVar("Answer")

READ_FROM = frozenset(
    {
        "assigned_list_rollup",
        "class_day_rollup",
        "cost",
        "customer",
        "customer_assignment",
        "customer_day_rollup",
        "customer_lifetime",
        "customer_list_rollup",
        "daily_rollup",
        "deal",
        "deal_fact",
        "holiday",
        "organisation",
        "past_customer_class",
        "past_stage_probability",
        "ramp_step",
        "stage_change",
        "target",
        "team",
        "team_day_rollup",
        "team_list_rollup",
        "team_membership",
        "user_account",
        "working_time",
    }
)
"""The tables that answers are made of; a test asks everything and compares."""


@dataclass(frozen=True)
class Version:
    """What is kept as long as none of some tables is written: a row of `NumbersVersion`."""

    id: int
    tables: frozenset[str]


NUMBERS = Version(1, READ_FROM)
WHO_HAS_WHOM = Version(2, frozenset({"assigned_list_rollup", "team_membership"}))
"""Which customers belong to whom: much to read, and no visit or order changes it."""
TARGETS = Version(
    4, frozenset({"holiday", "organisation", "ramp_step", "target", "team", "working_time"})
)
"""What is to be reached: set once a month."""

_MOST_NUMBERS = 100_000
"""In the answers kept in a process; each takes less than a kilobyte."""
_MOST_BYTES = 64 * 2**20
"""Of what is kept of single months."""
_VERSIONS = Prepared(lambda: select(NumbersVersion.id, NumbersVersion.version))
_KNOWN = "numbers_versions"
_RAISE = (
    "INSERT INTO numbers_version (id, version) VALUES {} "
    "ON CONFLICT (id) DO UPDATE SET version = numbers_version.version + 1"
)


class Kept:
    """What was last asked for, as much as there is room for."""

    def __init__(self, room: int) -> None:
        self._found: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._lock = Lock()
        self._most = self._room = room

    def find(self, key: Hashable) -> object | None:
        """Return what is kept under this key, if anything is."""
        with self._lock:
            if key not in self._found:
                return None
            self._found.move_to_end(key)
            return self._found[key][0]

    def keep(self, key: Hashable, found: object, weight: int = 1) -> None:
        """Keep it, and let go of what was not asked for the longest."""
        if weight > self._most:
            return
        with self._lock:
            _, before = self._found.pop(key, (None, 0))
            self._found[key] = found, weight
            self._room += before - weight
            while self._room < 0:
                _, (_, gone) = self._found.popitem(last=False)
                self._room += gone


_kept: WeakKeyDictionary[Engine, tuple[Kept, Kept]] = WeakKeyDictionary()


def _of_database() -> tuple[Kept, Kept]:
    """Return the answers that are kept, and what is kept of single months."""
    return _kept.setdefault(db.engine, (Kept(_MOST_NUMBERS), Kept(_MOST_BYTES)))


def cached(
    key: Hashable,
    work_out: Callable[[], Answer],
    *,
    of: Version = NUMBERS,
    size: Callable[[Answer], int] = lambda _: 1,
) -> Answer:
    """Return the answer kept for this key, or work it out and keep it. Callers do not change it.

    :param of: it is made of these tables alone
    :param size: how many numbers it holds
    """
    if not may_keep():
        return work_out()
    kept, _ = _of_database()
    versioned = (of.id, version_of(of), key)
    answer = kept.find(versioned)
    if answer is None:
        answer = work_out()
        kept.keep(versioned, answer, size(answer))
    return cast(Answer, answer)


def version_of(version: Version) -> int:
    """Return how often any of its tables was written, as it stands in this transaction."""
    return _versions().get(version.id, 0)


def may_keep() -> bool:
    """Whether what is read now has a version: what a transaction under way wrote has none yet."""
    return not db.session.info.get("in_transaction")


def months_kept() -> tuple[Kept, dict[int, int]]:
    """Return what is kept of single months, and the version of each that was ever counted."""
    _, kept = _of_database()
    return kept, {id_: version for id_, version in _versions().items() if id_ >= EVERY_MONTH}


@dataclass(frozen=True)
class _Known:
    """The versions that were read in a transaction of the session."""

    since: SessionTransaction | None
    versions: Mapping[int, int]


def _versions() -> Mapping[int, int]:
    """Return all versions as they were when this request, or whatever reads, first asked.

    Who writes as well asks again afterwards: a commit ends the session's transaction.
    """
    session = db.session()
    known: _Known | None = session.info.get(_KNOWN)
    if known is None or known.since is not session.get_transaction():
        versions: dict[int, int] = dict(_VERSIONS.rows())
        known = _Known(session.get_transaction(), versions)
        session.info[_KNOWN] = known
    return known.versions


@event.listens_for(Engine, "after_execute")
def _note_change(connection: Connection, statement: Any, *rest: Any) -> None:
    *_, result = rest
    # Rows that come back may still be to come, and are not counted until then.
    if getattr(statement, "is_dml", False) and (result.returns_rows or result.rowcount != 0):
        note_written(connection, getattr(statement.table, "name", ""))


@event.listens_for(Engine, "commit")
def _raise_versions(connection: Connection) -> None:
    written = connection.info.pop(WRITTEN, ())
    raised = set(connection.info.pop(COUNTED, ()))
    raised |= {
        each.id for each in (NUMBERS, WHO_HAS_WHOM, TARGETS) if not each.tables.isdisjoint(written)
    }
    # The last thing before the commit, in one order for everybody: nobody who holds one of these
    # rows waits for anything else.
    if raised:
        rows = ", ".join(f"({each}, 1)" for each in sorted(raised))
        connection.exec_driver_sql(_RAISE.format(rows))


@event.listens_for(Engine, "rollback")
def _forget_change(connection: Connection) -> None:
    # A connection that was lost took its info along, and asking it for that raises.
    if not connection.invalidated:
        for name in (WRITTEN, COUNTED):
            connection.info.pop(name, None)
