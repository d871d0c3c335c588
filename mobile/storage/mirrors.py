"""How the server's entities are kept on the phone: a table each, and what is written to it."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mobile.storage import (
    customers,
    deals,
    expenses,
    fences,
    figures,
    form,
    own_fields,
    photos,
    products,
    signals,
    stages,
    stops,
    targets,
    tasks,
    visits,
)

Columns = dict[str, Any]
_CHUNK = 400
"""Ids in one statement; SQLite takes a limited number of parameters."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """How an entity is kept: its table, and what a row on the wire is in its columns."""

    table: str
    columns: Callable[[dict[str, Any]], Columns]
    after_write: Callable[[sqlite3.Connection, Sequence[str]], None] | None = None
    as_sent: Callable[[sqlite3.Row], dict[str, Any]] | None = None
    """What a row of the table was on the wire, of what may leave while a change of it waits."""


MIRRORS = {
    "customer": Mirror(
        "customer", customers.columns, customers.keep_search_texts, customers.as_sent
    ),
    "product": Mirror("product", products.columns),
    "stage": Mirror("stage", stages.columns),
    "fence_policy": Mirror("fence_policy", fences.columns),
    "form_question": Mirror("form_question", form.columns),
    "custom_field": Mirror("custom_field", own_fields.columns),
    "lost_reason": Mirror("lost_reason", stages.word_columns),
    "lead_source": Mirror("lead_source", stages.word_columns),
    "stop": Mirror("stop", stops.columns),
    "visit": Mirror("visit", visits.columns),
    "photo": Mirror("photo", photos.columns),
    "deal": Mirror("deal", deals.columns),
    "task": Mirror("task", tasks.columns),
    "expense": Mirror("expense", expenses.columns),
    "target": Mirror("target", targets.target_columns),
    "holiday": Mirror("holiday", targets.holiday_columns),
    "signal": Mirror("signal", signals.signal_columns),
    "proposal": Mirror("proposal", signals.proposal_columns),
    "own_figure": Mirror("own_figure", figures.columns),
}


def kept_as(entity: str) -> str:
    """Return the entity a change is about: `stop` for the command `stop.cancel`."""
    return entity.partition(".")[0]


def shows(entity: str) -> bool:
    """Return whether a change of this entity is seen in a row; evidence stays as recorded."""
    return kept_as(entity) in MIRRORS


def chunks(ids: Sequence[str]) -> Iterator[tuple[Sequence[str], str]]:
    """Give ids in portions, each with its question marks."""
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        yield chunk, ", ".join("?" * len(chunk))


def find(connection: sqlite3.Connection, table: str, record_id: str) -> sqlite3.Row | None:
    """Return the row's base and its version."""
    row: sqlite3.Row | None = connection.execute(
        f"SELECT base, base_version FROM {table} WHERE id = ?",  # noqa: S608
        (record_id,),
    ).fetchone()
    return row


def columns_of(mirror: Mirror, base: dict[str, Any], version: int) -> Columns:
    """Return the columns of a row the server has given."""
    return {**mirror.columns(base), "base": json.dumps(base), "base_version": version}


def write(connection: sqlite3.Connection, mirror: Mirror, rows: dict[str, Columns]) -> None:
    """Write columns by record id; all rows have the same."""
    if not rows:
        return
    columns = next(iter(rows.values()))
    names = ["id", *columns]
    connection.executemany(
        f"INSERT INTO {mirror.table} ({', '.join(names)})"  # noqa: S608 - names of our columns
        f" VALUES ({', '.join('?' * len(names))}) ON CONFLICT (id) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in columns),
        [(record_id, *values.values()) for record_id, values in rows.items()],
    )
    if mirror.after_write:
        mirror.after_write(connection, list(rows))


def remove(connection: sqlite3.Connection, mirror: Mirror, record_id: str) -> None:
    """Take a row off the phone."""
    connection.execute(f"DELETE FROM {mirror.table} WHERE id = ?", (record_id,))  # noqa: S608


def lacks_rows(connection: sqlite3.Connection, scope: str) -> bool:
    """Return whether a row of a scope is missing, or older than the phone's books say it is.

    Not of those with changes that wait: they stay as they are until they are answered.
    """
    found = connection.execute("SELECT DISTINCT entity FROM row_scope WHERE scope = ?", (scope,))
    entities = [row["entity"] for row in found if row["entity"] in MIRRORS]
    return any(
        connection.execute(
            "SELECT 1 FROM row_scope"  # noqa: S608
            f" LEFT JOIN {MIRRORS[entity].table} AS mirror ON mirror.id = row_scope.record_id"
            " WHERE scope = ? AND entity = ?"
            " AND (mirror.base IS NULL OR mirror.base_version < row_scope.version)"
            " AND record_id NOT IN (SELECT record_id FROM outbox WHERE state = 'pending') LIMIT 1",
            (scope, entity),
        ).fetchone()
        for entity in entities
    )


def in_no_scope(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """
    Return entity and id of each row that the phone takes for the server's, and has in no scope.

    It can only be one that the phone has sent something of: the others' bases came with a scope.
    """
    return [
        (entity, row["id"])
        for entity, mirror in MIRRORS.items()
        for row in connection.execute(
            f"SELECT id FROM {mirror.table} AS mirror WHERE base IS NOT NULL"  # noqa: S608
            " AND id IN (SELECT record_id FROM outbox WHERE entity = ?)"
            " AND NOT EXISTS (SELECT 1 FROM row_scope WHERE record_id = mirror.id)",
            (entity,),
        )
    ]
