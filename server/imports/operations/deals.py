"""Importing deals with their lines and the history of their stages."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Table, delete, func, select, update

from server.deals.models import Deal, DealLine, StageChange
from server.imports.operations import values
from server.imports.operations.context import Entity, Record, RefusedError, Run
from server.imports.operations.currencies import freeze
from server.imports.operations.journal import plain
from server.imports.operations.pipeline import (
    Line,
    Milestones,
    check_lines,
    history,
    lines_of,
    milestones,
)
from server.imports.operations.plan import Plan
from server.imports.operations.rows import catch_refusals, find_rows, insert_all, write_rows
from server.imports.operations.values import Field
from server.imports.queries.known import lines_by_deal, moves_by_deal
from server.platform.database import db
from server.platform.events import mark_days, record_changed
from shared.sync.ids import new_id
from shared.vocabulary import DealType

_DEALS = cast("Table", Deal.__table__)
_LINES = cast("Table", DealLine.__table__)
_MOVES = cast("Table", StageChange.__table__)
# What the history follows from: while none of these differs, it stays as it is.
_OF_HISTORY = frozenset({"stage_key", "owner_id", "lead_day", "opportunity_day", "closed_day"})


@dataclass
class DealPlan(Plan):
    """A deal to be, with its lines."""

    lines: list[Line] = field(default_factory=list)
    days: Milestones = field(
        default_factory=lambda: Milestones(lead=None, opportunity=None, closed=None)
    )

    def lines_differ(self, before: Sequence[dict[str, Any]]) -> bool:
        """Return whether the deal gets other lines; without any in the file it keeps its own."""
        if not self.record.lines and "product" not in self.record.values:
            return False
        return [line.to_row(self.id, at) for at, line in enumerate(self.lines, start=1)] != list(
            before
        )


def _load_deals(records: Sequence[Record], run: Run) -> None:
    plans = find_rows(_DEALS, "code", catch_refusals(run, records, _plan_deal), run)
    freeze(plans, run, day=_event_day_of, amounts=_amounts)
    known = [plan.id for plan in plans if plan.before is not None]
    lines_before = lines_by_deal(known, access=run.access)
    for plan in plans:
        if plan.lines_differ(lines_before.get(plan.id, [])):
            plan.beside.add("lines")
        run.counts.count(plan.outcome)
    with_history = [plan for plan in plans if _OF_HISTORY & set(plan.changed)]
    _keep_for_undo(plans, with_history, lines_before, run)
    written = set(write_rows(_DEALS, plans, run))
    if run.dry_run:
        return
    _write_lines([plan for plan in plans if "lines" in plan.beside])
    _write_history(with_history, run)
    _mark_days([plan for plan in plans if plan.id in written])
    record_changed("deal", *sorted(written))


def _keep_for_undo(
    plans: Sequence[DealPlan],
    with_history: Sequence[DealPlan],
    lines_before: Mapping[str, Sequence[dict[str, Any]]],
    run: Run,
) -> None:
    for plan in plans:
        if plan.before is not None and "lines" in plan.beside:
            plan.kept["lines"] = lines_before.get(plan.id, [])
    known = {plan.id: plan for plan in with_history if plan.before is not None}
    moves = moves_by_deal(known, access=run.access)
    for deal_id, plan in known.items():
        plan.also_sets = frozenset({"stage_since"})
        plan.kept["moves"] = [
            {name: plain(value) for name, value in move.items()} for move in moves.get(deal_id, [])
        ]


def _plan_deal(record: Record, run: Run) -> DealPlan:
    given, references = record.values, run.references
    owner_id = run.find(record, "owner", references.users, "unknown_user")
    kind = run.find(record, "stage", references.stages, "unknown_stage")
    currency = given.get("currency") or run.currency
    if not check_lines(record, currency, run):
        raise RefusedError("code", "bad_line")
    lines = lines_of(record, kind, currency, run)
    days = milestones(record, kind, run)
    amount_minor = sum(line.amount_minor for line in lines) if lines else given.get("amount") or 0
    row: dict[str, Any] = {
        name: given[name]
        for name in ("code", "title", "source", "expected_close_on", "lost_reason", "note")
        if name in given
    }
    row |= {
        "owner_id": owner_id,
        "team_id": references.team_on(owner_id, _event_day(days)),
        "stage_key": given["stage"],
        "kind": kind,
        "amount_minor": amount_minor,
        "currency": currency,
        "lead_day": days.lead,
        "lead_rep_id": owner_id if days.lead else None,
        "opportunity_day": days.opportunity,
        "opportunity_rep_id": owner_id if days.opportunity else None,
        "closed_day": days.closed,
        "closed_rep_id": owner_id if days.closed else None,
        "closed_at": history(days, given["stage"], run)[-1].at if days.closed else None,
    }
    if "type" in given:
        row["type_by_hand"] = given["type"]
    if "customer" in given:
        row["customer_id"] = run.find(record, "customer", references.customers, "unknown_customer")
    return DealPlan(record, row, lines=lines, days=days)


def _event_day(days: Milestones) -> dt.date:
    day = days.closed or days.opportunity or days.lead
    assert day is not None
    return day


def _event_day_of(row: dict[str, Any]) -> dt.date | None:
    """Return the day whose exchange rate counts, as `Deal.event_day` does."""
    day: dt.date | None = row["closed_day"] or row["opportunity_day"] or row["lead_day"]
    return day


def _amounts(plan: DealPlan) -> list[int]:
    return [line.amount_minor for line in plan.lines] or [plan.values["amount_minor"]]


def _write_lines(plans: Sequence[DealPlan]) -> None:
    db.session.execute(delete(_LINES).where(_LINES.c.deal_id.in_([plan.id for plan in plans])))
    insert_all(
        _LINES,
        [
            line.to_row(plan.id, position)
            for plan in plans
            for position, line in enumerate(plan.lines, start=1)
        ],
    )


def _write_history(plans: Sequence[DealPlan], run: Run) -> None:
    """Replace the history of these deals by the one their days tell."""
    known = [plan.id for plan in plans if plan.before is not None]
    db.session.execute(delete(_MOVES).where(_MOVES.c.deal_id.in_(known)))
    insert_all(
        _MOVES,
        [
            {
                "id": new_id(),
                "deal_id": plan.id,
                "from_stage": move.from_stage,
                "to_stage": move.to_stage,
                "at": move.at,
                "day": move.day,
                "rep_id": plan.values["owner_id"],
            }
            for plan in plans
            for move in history(plan.days, plan.values["stage_key"], run)
        ],
    )
    since = select(func.max(_MOVES.c.day)).where(_MOVES.c.deal_id == _DEALS.c.id)
    db.session.execute(
        update(_DEALS)
        .where(_DEALS.c.id.in_([plan.id for plan in plans]))
        .values(stage_since=since.scalar_subquery())
    )


def _mark_days(plans: Sequence[DealPlan]) -> None:
    """Mark the days of these deals, those before the change and those now."""
    for plan in plans:
        for row in (plan.before, plan.values):
            for rep_id, day in _days(row or {}):
                mark_days(rep_id, [day])


def _days(row: dict[str, Any]) -> Iterable[tuple[str, dt.date]]:
    for milestone in ("lead", "opportunity", "closed"):
        if row.get(f"{milestone}_day") is not None:
            yield row[f"{milestone}_rep_id"], row[f"{milestone}_day"]


DEAL = Entity(
    fields={
        "code": Field(values.text(80), required=True),
        "owner": Field(values.text(80), required=True),
        "stage": Field(values.text(40), required=True),
        "customer": Field(values.text(80)),
        "product": Field(values.text(80)),
        "quantity": Field(values.quantity, empty=None),
        "amount": Field(values.money, empty=None),
        "currency": Field(values.currency),
        "title": Field(values.text(200)),
        "source": Field(values.text(60)),
        "created_on": Field(values.day, empty=None),
        "default_created_on": Field(values.mapping_day, empty=None),
        "opportunity_on": Field(values.day, empty=None),
        "closed_on": Field(values.day, empty=None),
        "expected_close_on": Field(values.day, empty=None),
        "lost_reason": Field(values.text(200)),
        "type": Field(values.one_of(DealType), empty=None),
        "note": Field(values.long_text(4_000)),
    },
    key=("code",),
    load=_load_deals,
    line_fields={
        "product": Field(values.text(80), required=True),
        "quantity": Field(values.quantity, required=True),
        "unit_price": Field(values.money, empty=None),
        "discount_rate": Field(values.rate, empty=None),
        "discount": Field(values.money, empty=None),
    },
)
