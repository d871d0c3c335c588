"""Writing rows that have a code: new ones are inserted, others get what differs, all in bulk."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table, bindparam, insert, update

from server.imports.operations.context import Record, RefusedError, Run
from server.imports.operations.journal import note_changes
from server.imports.operations.plan import Plan
from server.imports.operations.report import Outcome
from server.imports.queries.known import rows_by_key
from server.platform.database import db
from shared.sync.ids import new_id

P = TypeVar("P", bound=Plan)


def find_rows(table: Table, key: str, plans: Sequence[P], run: Run) -> list[P]:
    """Give each plan its id and the row it is about; leave out the ones deleted here."""
    keys = {plan.values[key] for plan in plans}
    existing = rows_by_key(table.c[key], keys, access=run.access)
    kept = []
    for plan in plans:
        plan.before = existing.get(plan.values[key])
        plan.id = plan.before["id"] if plan.before else new_id()
        if plan.before and plan.before.get("deleted_at") is not None:
            run.refuse(plan.record, "", "deleted")
        else:
            kept.append(plan)
    return kept


def write_rows(table: Table, plans: Sequence[Plan], run: Run) -> list[str]:
    """Insert the new rows, update the ones that differ; return the ids of both."""
    new = [plan for plan in plans if plan.outcome is Outcome.CREATED]
    differing = [plan for plan in plans if plan.outcome is Outcome.UPDATED]
    if not run.dry_run:
        versioned = "field_versions" in table.c
        insert_all(table, [_new_row(plan, run, versioned=versioned) for plan in new])
        update_all(table, [_update_of(plan, run, versioned=versioned) for plan in differing])
        note_changes(table, [*new, *differing], run)
    return [plan.id for plan in (*new, *differing)]


def insert_all(table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows in bulk, those with the same columns together."""
    for group in _by_columns(rows):
        db.session.execute(insert(table), group)


def update_all(table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Update rows by `id` in bulk, those with the same columns together."""
    for group in _by_columns(rows):
        columns = [name for name in group[0] if name != "id"]
        statement = (
            update(table)
            .where(table.c.id == bindparam("row_id"))
            .values({name: bindparam(f"new_{name}") for name in columns})
        )
        # On the connection: the session would take it for an ORM update by primary key.
        db.session.connection().execute(
            statement,
            [
                {"row_id": row["id"]} | {f"new_{name}": row[name] for name in columns}
                for row in group
            ],
        )


def catch_refusals(
    run: Run, records: Sequence[Record], plan: Callable[[Record, Run], P]
) -> list[P]:
    """Call `plan` for every record; return what it returns, without the refused ones."""
    plans = []
    for record in records:
        try:
            plans.append(plan(record, run))
        except RefusedError as refusal:
            run.refuse(record, refusal.field_name, refusal.code)
    return plans


def _new_row(plan: Plan, run: Run, *, versioned: bool) -> dict[str, Any]:
    row = {"id": plan.id, **plan.for_new, **plan.values}
    if versioned:
        row |= {"version": 1, "field_versions": {}, "created_at": run.at, "updated_at": run.at}
    return row


def _update_of(plan: Plan, run: Run, *, versioned: bool) -> dict[str, Any]:
    assert plan.before is not None
    changed = plan.changed
    touched = {*changed, *plan.beside}
    if versioned:
        version = plan.before["version"] + 1
        changed |= {
            "version": version,
            "field_versions": plan.before["field_versions"] | dict.fromkeys(touched, version),
            "updated_at": run.at,
        }
    elif "version" in plan.before:
        # A form that was opened before must not overwrite what the import says.
        changed |= {"version": plan.before["version"] + 1}
    return {"id": plan.id, **changed}


def _by_columns(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(sorted(row)), []).append(row)
    return list(groups.values())
