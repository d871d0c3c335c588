"""Importing the stops of journey plans."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Table

from server.imports.operations import values
from server.imports.operations.context import Entity, Record, Run
from server.imports.operations.plan import Plan
from server.imports.operations.rows import catch_refusals, write_rows
from server.imports.operations.values import Field
from server.imports.queries.known import stops_by_place
from server.planning.models import JourneyStop
from server.platform.events import mark_days, record_changed
from shared.sync.ids import new_id
from shared.vocabulary import StopState

_STOPS = cast("Table", JourneyStop.__table__)


def _load_stops(records: Sequence[Record], run: Run) -> None:
    plans = catch_refusals(run, records, _plan_stop)
    rep_days = {(plan.values["rep_id"], plan.values["day"]) for plan in plans}
    existing = stops_by_place(rep_days, access=run.access) if rep_days else {}
    kept = []
    for plan in plans:
        row = plan.values
        plan.before = existing.get((row["rep_id"], row["customer_id"], row["day"]))
        plan.id = plan.before["id"] if plan.before else new_id()
        if plan.before and plan.before["deleted_at"] is not None:
            run.refuse(plan.record, "", "deleted")
            continue
        kept.append(plan)
        run.counts.count(plan.outcome)
    written = set(write_rows(_STOPS, kept, run))
    if run.dry_run:
        return
    for plan in kept:
        if plan.id in written:
            mark_days(plan.values["rep_id"], [plan.values["day"]])
    record_changed("stop", *sorted(written))


def _plan_stop(record: Record, run: Run) -> Plan:
    row = {
        "rep_id": run.find(record, "rep", run.references.users, "unknown_user"),
        "customer_id": run.find(record, "customer", run.references.customers, "unknown_customer"),
        "day": record.values["day"],
        "sequence": record.values["sequence"],
    }
    return Plan(record, row, for_new={"state": StopState.PLANNED})


STOP = Entity(
    fields={
        "rep": Field(values.text(80), required=True),
        "customer": Field(values.text(80), required=True),
        "day": Field(values.day, required=True),
        "sequence": Field(values.whole(1, 10_000), required=True),
    },
    key=("rep", "customer", "day"),
    load=_load_stops,
)
