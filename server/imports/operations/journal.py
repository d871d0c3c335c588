"""Noting what a run writes, row by row, so that it can be taken back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Table, delete, select

from server.imports.models import ImportChange, ImportRun
from server.imports.operations.context import Run
from server.imports.operations.plan import Plan
from server.platform.bulk import insert_rows
from server.platform.database import among, db
from shared.custom_fields import PREFIX

UNDOABLE = frozenset({"customer", "product", "deal", "journey_stop", "target", "cost"})
"""Tables whose rows are taken back. People and teams have their own pages, rates have converted."""
KEPT_FOR = dt.timedelta(days=30)
"""For so long a run can be taken back."""
_CHANGES = cast("Table", ImportChange.__table__)
_OWN_FIELDS = "custom_fields"


def note_changes(table: Table, plans: Sequence[Plan], run: Run) -> None:
    """Note rows that are written now; one that the run has written before is noted once."""
    if run.id is None or table.name not in UNDOABLE or not plans:
        return
    rows = {plan.id: _row(table, plan, run.id) for plan in plans}
    known = db.session.scalars(
        select(ImportChange).where(
            ImportChange.run_id == run.id, among(ImportChange.record_id, sorted(rows))
        )
    )
    for change in known.all():
        again = rows.pop(change.record_id)
        change.version = again["version"]
        change.before = again["before"] | change.before
        change.after = change.after | again["after"]
        change.beside = again["beside"] | change.beside
    insert_rows(_CHANGES, list(rows.values()))


def forget_old_changes(*, at: dt.datetime) -> None:
    """Forget what runs have written that are too old to be taken back."""
    old = select(ImportRun.id).where(ImportRun.asked_at < at - KEPT_FOR)
    db.session.execute(delete(_CHANGES).where(_CHANGES.c.run_id.in_(old)))


def plain(value: Any) -> Any:
    """Return a column's value as JSON holds it."""
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | bytes) else value


def _row(table: Table, plan: Plan, run_id: str) -> dict[str, Any]:
    before = plan.before
    keeps_versions = "version" in table.c
    return {
        "run_id": run_id,
        "kind": table.name,
        "record_id": plan.id,
        "label": _label(plan),
        "made": before is None,
        "version": _base_version(plan) + 1 if keeps_versions else 0,
        "base_version": _base_version(plan) if keeps_versions else 0,
        "before": {} if before is None else _before(before, plan),
        "after": {} if keeps_versions else _plain(plan.changed),
        "beside": plan.kept,
        "state": "written",
    }


def _base_version(plan: Plan) -> int:
    return 0 if plan.before is None else int(plan.before["version"])


def _before(before: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    names = {*plan.changed, *plan.also_sets}
    found = _plain({name: before[name] for name in names if name != _OWN_FIELDS})
    if _OWN_FIELDS in names:
        was, is_now = before[_OWN_FIELDS], plan.values[_OWN_FIELDS]
        differing = (key for key in was | is_now if was.get(key) != is_now.get(key))
        found |= {PREFIX + key: was.get(key) for key in differing}
    return found


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items()}


def _label(plan: Plan) -> str:
    """Return what the file calls a row: its code, or the days and codes that name it."""
    given = plan.record.texts
    for name in ("code", "sku"):
        if name in plan.values:
            return str(plan.values[name])[:80]
    return " ".join(
        given[name]
        for name in ("metric", "month", "day", "rep", "team", "customer")
        if given.get(name)
    )[:80]
