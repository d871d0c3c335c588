"""Importing targets and costs."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Table

from server.costs.models import Cost
from server.imports.operations import values
from server.imports.operations.context import Entity, Record, RefusedError, Run
from server.imports.operations.currencies import freeze
from server.imports.operations.plan import Plan
from server.imports.operations.rows import catch_refusals, find_rows, write_rows
from server.imports.operations.values import Field
from server.imports.queries.known import targets_of_months
from server.metrics.models import Target
from server.metrics.operations.targets import lock_holders
from server.metrics.sql.targets import Holder
from server.platform.events import mark_days, record_changed
from shared.metrics.catalog import METRICS
from shared.metrics.formula import Unit
from shared.metrics.kpis.targets import GOALS
from shared.money import to_minor
from shared.sync.ids import new_id
from shared.time import add_months
from shared.vocabulary import CostCategory

_TARGETS = cast("Table", Target.__table__)
_COSTS = cast("Table", Cost.__table__)


def _load_targets(records: Sequence[Record], run: Run) -> None:
    plans = catch_refusals(run, records, _plan_target)
    if not run.dry_run:
        # Who sets one of these in a form at this moment waits, and is told; or is waited for.
        lock_holders({_held_by(plan.values) for plan in plans})
    existing = targets_of_months({plan.values["month"] for plan in plans}, access=run.access)
    planned: dict[tuple[str, dt.date, Holder], Plan] = {}
    for plan in plans:
        row = plan.values
        key = (row["metric_key"], row["month"], _held_by(row))
        if key in planned:
            # Two days of one month, or a rep once with the team and once without.
            run.refuse(plan.record, "month", "target_overlaps")
        else:
            planned[key] = plan
    plans = list(planned.values())
    for key, plan in planned.items():
        plan.before = existing.get(key)
        plan.id = plan.before["id"] if plan.before else new_id()
        run.counts.count(plan.outcome)
    written = write_rows(_TARGETS, plans, run)
    record_changed("target", *sorted(written))


def _held_by(row: dict[str, Any]) -> Holder:
    return Holder.of(rep_id=row["rep_id"], team_id=row["team_id"])


def _plan_target(record: Record, run: Run) -> Plan:
    given = record.values
    goal = GOALS.get(given["metric"])
    if goal is None:
        known = given["metric"] in METRICS
        raise RefusedError("metric", "metric_without_targets" if known else "unknown_metric")
    metric = goal.metric
    month = given["month"].replace(day=1)
    # One who joins in the month has the team of its end, one who leaves the team of its start.
    row = _holder(record, add_months(month, 1) - dt.timedelta(days=1), run)
    if row["rep_id"] is not None and row["team_id"] is None:
        row = _holder(record, month, run)
    row |= {"metric_key": metric.key, "month": month}
    if row["team_id"] is None and row["rep_id"] is None:
        raise RefusedError("rep", "rep_or_team")
    return Plan(record, row | {"amount": _target_amount(given["amount"], metric.unit, run)})


def _target_amount(amount: Decimal, unit: Unit, run: Run) -> int:
    if unit is Unit.MONEY:
        return to_minor(amount, run.currency)
    if amount != amount.to_integral_value():
        raise RefusedError("amount", "not_whole")
    return int(amount)


def _load_costs(records: Sequence[Record], run: Run) -> None:
    plans = find_rows(_COSTS, "code", catch_refusals(run, records, _plan_cost), run)
    freeze(
        plans, run, day=lambda row: row["day"], amounts=lambda plan: [plan.values["amount_minor"]]
    )
    for plan in plans:
        run.counts.count(plan.outcome)
    written = set(write_rows(_COSTS, plans, run))
    if run.dry_run:
        return
    for plan in plans:
        for row in (plan.before, plan.values):
            if plan.id in written and row is not None and row["rep_id"] is not None:
                mark_days(row["rep_id"], [row["day"]])


def _plan_cost(record: Record, run: Run) -> Plan:
    given = record.values
    if given["day"] > run.today:
        raise RefusedError("day", "day_in_future")
    row = _holder(record, given["day"], run) | {
        "code": given["code"],
        "category": given["category"],
        "day": given["day"],
        "amount_minor": given["amount"],
        "currency": given.get("currency") or run.currency,
    }
    return Plan(record, row | ({"note": given["note"]} if "note" in given else {}))


def _holder(record: Record, day: dt.date, run: Run) -> dict[str, Any]:
    """Return the rep with the team of that day, or the team, or neither."""
    rep_id = run.find(record, "rep", run.references.users, "unknown_user")
    team_id = run.find(record, "team", run.references.teams, "unknown_team")
    if rep_id is not None:
        team_id = run.references.team_on(rep_id, day)
    return {"rep_id": rep_id, "team_id": team_id}


TARGET = Entity(
    fields={
        "metric": Field(values.text(60), required=True),
        "month": Field(values.day, required=True),
        "rep": Field(values.text(80)),
        "team": Field(values.text(80)),
        "amount": Field(values.amount, required=True),
    },
    key=("metric", "month", "rep", "team"),
    load=_load_targets,
)

COST = Entity(
    fields={
        "code": Field(values.text(80), required=True),
        "category": Field(values.one_of(CostCategory), required=True),
        "day": Field(values.day, required=True),
        "rep": Field(values.text(80)),
        "team": Field(values.text(80)),
        "amount": Field(values.money, required=True),
        "currency": Field(values.currency),
        "note": Field(values.text(200)),
    },
    key=("code",),
    load=_load_costs,
)
