"""Rows on their way into the database, written table by table in bulk."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Table, inspect

from server.customers.models import Customer
from server.deals.models import Deal
from server.expenses.models import Expense
from server.identity.models import Device
from server.live.models import LastPosition
from server.planning.models import JourneyStop
from server.platform.database import Base, db, dialect_insert
from server.tasks.models import Task
from server.tracking.models import TrackChunk, WorkDay
from server.visits.models import Visit

# What a later day may still change about a row that was written on an earlier one.
_GROWING: dict[type[Base], tuple[str, ...]] = {
    Customer: ("is_prospect",),
    Deal: (
        *("stage_key", "kind", "stage_since", "expected_close_on", "lost_reason"),
        *("opportunity_day", "opportunity_rep_id"),
        *("closed_day", "closed_at", "closed_rep_id"),
    ),
    Device: ("last_seen_at", "last_synced_at"),
    Expense: ("state", "reason", "decided_by", "decided_at"),
    JourneyStop: ("state", "cancel_reason"),
    Visit: (
        *("state", "ended_at", "ended_clock_s", "duration_s"),
        *("no_sale_reason", "notes", "cancel_reason", "form_answers"),
    ),
    LastPosition: (
        *("latitude", "longitude", "accuracy_m", "battery_percent"),
        *("source", "measured_at", "received_at"),
    ),
    Task: ("state", "finished_at"),
    TrackChunk: ("fixes", "ended_at", "received_at"),
    WorkDay: ("ended_at",),
}
_VERSIONED = ("version", "updated_at")


class Rows:
    """Collects rows of every table; `write` puts them in, those that others point to first.

    Writing a row again changes only what grows with the days, so that filling twice is harmless.
    """

    def __init__(self) -> None:
        self._rows: dict[type[Base], list[dict[str, Any]]] = {}
        self.days: dict[str, set[dt.date]] = {}
        """By rep: days whose numbers these rows move."""

    def add(self, model: type[Base], **columns: Any) -> dict[str, Any]:
        """Take a row; all rows of a table name the same columns."""
        self._rows.setdefault(model, []).append(columns)
        return columns

    def mark(self, rep_id: str, *days: dt.date) -> None:
        """Note days whose numbers move."""
        self.days.setdefault(rep_id, set()).update(days)

    def of(self, model: type[Base]) -> list[dict[str, Any]]:
        """Return the rows of a table that wait to be written."""
        return self._rows.get(model, [])

    def drop(self, model: type[Base], ids: Iterable[str], *, column: str = "id") -> None:
        """Forget the waiting rows with these ids."""
        unwanted = set(ids)
        if unwanted and model in self._rows:
            rows = self._rows[model]
            self._rows[model] = [row for row in rows if row[column] not in unwanted]

    def write(self) -> None:
        """Insert everything and start anew; `days` stay."""
        place = {table: number for number, table in enumerate(Base.metadata.sorted_tables)}
        for model, rows in sorted(self._rows.items(), key=lambda item: place[_table(item[0])]):
            if rows:
                db.session.execute(_statement(model), rows)
        self._rows.clear()


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _statement(model: type[Base]) -> Any:
    table = _table(model)
    statement = dialect_insert(table)
    keys = [column.name for column in inspect(model).primary_key]
    growing = _GROWING.get(model, ())
    if not growing:
        return statement.on_conflict_do_nothing(index_elements=keys)
    if "version" in table.c:
        growing += _VERSIONED
    return statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in growing}
    )
