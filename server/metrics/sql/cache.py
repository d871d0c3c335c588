"""Answers kept until a number in them may have changed.

Whoever writes to a table that answers are read from raises one version in the same transaction, as
its last step: whatever can be seen is then already in the version that can be seen, in every
process. An answer is kept under the version that was read before it was put together, so it may be
newer than its version and never older.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import event, select
from sqlalchemy.engine import Connection, Engine

from server.metrics.models import NumbersVersion
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

_MOST_ANSWERS = 128
_CHANGED = "numbers_changed"
_RAISE = "UPDATE numbers_version SET version = version + 1"


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


def cached(key: Hashable, work_out: Callable[[], Answer]) -> Answer:
    """Return the answer kept for this key, or work it out and keep it. Callers do not change it."""
    if db.session.info.get("in_transaction"):
        # What this transaction wrote has no version yet.
        return work_out()
    kept = _kept.setdefault(db.engine, _Kept())
    versioned = (db.session.scalar(select(NumbersVersion.version)), key)
    answer = kept.find(versioned)
    if answer is None:
        answer = work_out()
        kept.keep(versioned, answer)
    return cast(Answer, answer)


@event.listens_for(Engine, "after_execute")
def _note_change(connection: Connection, statement: Any, *_: Any) -> None:
    if getattr(statement, "is_dml", False) and getattr(statement.table, "name", "") in READ_FROM:
        connection.info[_CHANGED] = True


@event.listens_for(Engine, "commit")
def _raise_version(connection: Connection) -> None:
    # The last thing before the commit: nobody who holds this row waits for anything else.
    if connection.info.pop(_CHANGED, False):
        connection.exec_driver_sql(_RAISE)


@event.listens_for(Engine, "rollback")
def _forget_change(connection: Connection) -> None:
    # A connection that was lost took its info along, and asking it for that raises.
    if not connection.invalidated:
        connection.info.pop(_CHANGED, None)
