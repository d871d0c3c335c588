"""Answers kept until a number in them may have changed.

Whoever writes to a table that answers are read from raises one version in the same transaction, as
its last step: whatever can be seen is then already in the version that can be seen, in every
process. An answer is kept under the version that was read before it was put together, so it may be
newer than its version and never older.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import event, select
from sqlalchemy.engine import Connection, Engine

from server.metrics.models import NumbersVersion
from server.platform.bulk import WRITTEN, note_written
from server.platform.database import db

Answer = TypeVar("Answer")

READ_FROM = frozenset(
    {
        "class_day_rollup",
        "cost",
        "customer",
        "customer_assignment",
        "customer_day_rollup",
        "customer_lifetime",
        "customer_list_rollup",
        "customer_number",
        "daily_rollup",
        "deal",
        "deal_fact",
        "holiday",
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
WHO_HAS_WHOM = Version(
    2,
    frozenset(
        {
            "customer",
            "customer_assignment",
            "customer_number",
            "past_customer_class",
            "team_membership",
        }
    ),
)
"""Which customers belong to whom: much to read, and no visit or order changes it."""

_MOST_ANSWERS = 128
_RAISE = "UPDATE numbers_version SET version = version + 1 WHERE id = "


class _Kept:
    """The latest answers of one database."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Hashable) -> object | None:
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def keep(self, key: Hashable, answer: object) -> None:
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > _MOST_ANSWERS:
                self._answers.popitem(last=False)


_kept: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()


def cached(key: Hashable, work_out: Callable[[], Answer], *, of: Version = NUMBERS) -> Answer:
    """Return the answer kept for this key, or work it out and keep it. Callers do not change it.

    :param of: it is made of these tables alone
    """
    if db.session.info.get("in_transaction"):
        # What this transaction wrote has no version yet.
        return work_out()
    kept = _kept.setdefault(db.engine, _Kept())
    version = db.session.scalar(select(NumbersVersion.version).where(NumbersVersion.id == of.id))
    versioned = (of.id, version, key)
    answer = kept.find(versioned)
    if answer is None:
        answer = work_out()
        kept.keep(versioned, answer)
    return cast(Answer, answer)


@event.listens_for(Engine, "after_execute")
def _note_change(connection: Connection, statement: Any, *rest: Any) -> None:
    *_, result = rest
    # Rows that come back may still be to come, and are not counted until then.
    if getattr(statement, "is_dml", False) and (result.returns_rows or result.rowcount != 0):
        note_written(connection, getattr(statement.table, "name", ""))


@event.listens_for(Engine, "commit")
def _raise_versions(connection: Connection) -> None:
    written = connection.info.pop(WRITTEN, ())
    # The last thing before the commit, in one order for everybody: nobody who holds one of these
    # rows waits for anything else.
    for version in (NUMBERS, WHO_HAS_WHOM):
        if not version.tables.isdisjoint(written):
            connection.exec_driver_sql(f"{_RAISE}{version.id}")


@event.listens_for(Engine, "rollback")
def _forget_change(connection: Connection) -> None:
    # A connection that was lost took its info along, and asking it for that raises.
    if not connection.invalidated:
        connection.info.pop(WRITTEN, None)
