"""Importing working times, ramps and the company's calendar: rows known by their days."""

import datetime as dt
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from server.calendar.operations import FIRST_YEAR, LONGEST_NAME, put_holidays
from server.imports.operations import values
from server.imports.operations.context import Entity, Record, RefusedError, Run
from server.imports.operations.plan import Plan
from server.imports.operations.report import Outcome
from server.imports.operations.rows import catch_refusals
from server.imports.operations.values import Field
from server.imports.queries.known import days_of_calendar, ramp_steps, working_times_of
from server.metrics.operations.targets import LONGEST_RAMP, put_ramp_steps, put_working_times

_PERCENT = values.whole(0, 100)


def _load_working_times(records: Sequence[Record], run: Run) -> None:
    plans = catch_refusals(run, records, _plan_working_time)
    existing = working_times_of({plan.values["rep_id"] for plan in plans}, access=run.access)
    _write(plans, existing, ("rep_id", "start_on"), put_working_times, run)


def _plan_working_time(record: Record, run: Run) -> Plan:
    rep_id = run.find(record, "rep", run.references.users, "unknown_user")
    if rep_id is None:
        raise RefusedError("rep", "required")
    given = record.values
    return Plan(
        record, {"rep_id": rep_id, "start_on": given["start_on"], "percent": given["percent"]}
    )


def _load_ramps(records: Sequence[Record], run: Run) -> None:
    plans = [Plan(record, dict(record.values)) for record in records]
    existing = ramp_steps({plan.values["start_on"] for plan in plans}, access=run.access)
    known: dict[dt.date, set[int]] = {}
    for start_on, month in [*existing, *(_key(plan, _STEP) for plan in plans)]:
        known.setdefault(start_on, set()).add(month)
    kept = []
    for plan in plans:
        start_on, month = _key(plan, _STEP)
        if known[start_on] >= set(range(1, month)):
            kept.append(plan)
        else:
            run.refuse(plan.record, "month_number", "month_before_missing")
    _write(kept, existing, _STEP, put_ramp_steps, run)


def _load_holidays(records: Sequence[Record], run: Run) -> None:
    plans = catch_refusals(run, records, _plan_holiday)
    existing = days_of_calendar({plan.values["day"] for plan in plans}, access=run.access)
    _write(plans, existing, ("day",), put_holidays, run)


def _plan_holiday(record: Record, _: Run) -> Plan:
    given = record.values
    if given["day"].year < FIRST_YEAR:
        raise RefusedError("day", "day_out_of_range")
    worked = bool(given.get("worked"))
    return Plan(record, {"day": given["day"], "name": given["name"], "worked": worked})


def _write(
    plans: Sequence[Plan],
    existing: Mapping[Hashable, dict[str, Any]],
    key: tuple[str, ...],
    put: Callable[[Sequence[dict[str, Any]]], None],
    run: Run,
) -> None:
    """Count what comes of the rows, and write those that are new or differ."""
    for plan in plans:
        plan.before = existing.get(_key(plan, key))
        run.counts.count(plan.outcome)
    rows = [plan.values for plan in plans if plan.outcome is not Outcome.UNCHANGED]
    if rows and not run.dry_run:
        put(rows)


def _key(plan: Plan, key: tuple[str, ...]) -> Any:
    return tuple(plan.values[name] for name in key)


_STEP = ("start_on", "month_number")

WORKING_TIME = Entity(
    fields={
        "rep": Field(values.text(80), required=True),
        "start_on": Field(values.day, required=True),
        "percent": Field(_PERCENT, required=True),
    },
    key=("rep", "start_on"),
    load=_load_working_times,
)

RAMP = Entity(
    fields={
        "start_on": Field(values.day, required=True),
        "month_number": Field(values.whole(1, LONGEST_RAMP), required=True),
        "percent": Field(_PERCENT, required=True),
    },
    key=_STEP,
    load=_load_ramps,
)

HOLIDAY = Entity(
    fields={
        "day": Field(values.day, required=True),
        "name": Field(values.text(LONGEST_NAME), required=True),
        "worked": Field(values.truth),
    },
    key=("day",),
    load=_load_holidays,
)
