"""What the office refused and the rep corrects: the record is made anew, as it stands here."""

import json
import sqlite3
from collections.abc import Collection
from typing import Any

from mobile.storage.folding import fold
from mobile.storage.mirrors import MIRRORS, find
from shared.sync import chain
from shared.sync.change import Change, Kind, Status

FORMS = ("deal", "task", "expense")
"""Entities whose form can be opened again."""
_HOPELESS = (
    "(code LIKE '%.unknown' OR code IN"
    " ('not_allowed', 'id_reused', 'out_of_order', 'group', 'expense.approved'))"
)
"""Of codes: whatever is written into the form, the office will say the same."""


def draft(connection: sqlite3.Connection, entity: str, record_id: str) -> dict[str, Any] | None:
    """Return a record that the office refused to make, with what the rep changed since.

    None of any other: the office has it, or has yet to answer.
    """
    if entity not in FORMS:
        return None
    row = find(connection, MIRRORS[entity].table, record_id)
    if row is None or row["base"]:
        return None
    made, view = None, None
    for status, line in connection.execute(
        "SELECT status, line FROM outbox WHERE record_id = ? AND entity = ? ORDER BY sequence",
        (record_id, entity),
    ):
        change = Change.from_body(chain.split(line)[0])
        if change.kind is Kind.CREATE:
            made = status
        view = fold(view, entity, change.kind, change.data)
    return view if made == Status.REJECTED else None


def put_away(
    connection: sqlite3.Connection, record_id: str, *, names: Collection[str] | None = None
) -> None:
    """
    Note that what the office refused about a record needs the rep no more.

    :param names: of the fields that were changed anew; None: all of it was
    """
    refused = connection.execute(
        "SELECT sequence, mine FROM attention JOIN outbox USING (sequence)"
        " WHERE NOT solved AND record_id = ? AND status = ? AND (kind = 'p' OR ?)",
        (record_id, Status.REJECTED, names is None),
    ).fetchall()
    connection.executemany(
        "UPDATE attention SET solved = 1 WHERE sequence = ?",
        [
            (row["sequence"],)
            for row in refused
            if names is None or not set(names).isdisjoint(json.loads(row["mine"]))
        ],
    )


def refused_receipts(connection: sqlite3.Connection, expense_id: str) -> list[Change]:
    """Return the receipts that were refused together with their expense, oldest first."""
    rows = connection.execute(
        "SELECT line FROM attention JOIN outbox USING (sequence) WHERE NOT solved"
        " AND entity = 'photo' AND kind = 'c' AND status = 'rejected'"
        " AND CAST(line AS TEXT) ->> '$.d.expense_id' = ? ORDER BY sequence",
        (expense_id,),
    )
    return [Change.from_body(chain.split(row["line"])[0]) for row in rows]


def correctable(connection: sqlite3.Connection) -> frozenset[int]:
    """Return the numbers of the refused changes that the rep can correct in their form."""
    there = " OR ".join(
        f"(entity = '{name}' AND record_id IN (SELECT id FROM {MIRRORS[name].table}))"  # noqa: S608
        for name in FORMS
    )
    rows = connection.execute(
        "WITH refused AS ("  # noqa: S608
        "SELECT sequence, record_id, kind, code FROM attention JOIN outbox USING (sequence)"
        f" WHERE NOT solved AND status = 'rejected' AND kind IN ('c', 'p') AND ({there})"
        f") SELECT sequence FROM refused WHERE NOT {_HOPELESS}"
        # What was changed of a record that was refused is made anew together with it.
        " OR record_id IN (SELECT record_id FROM refused"
        f" WHERE kind = 'c' AND NOT {_HOPELESS})"
    )
    return frozenset(row["sequence"] for row in rows)
