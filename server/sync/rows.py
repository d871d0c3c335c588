"""Rows as they travel down to phones, and the scopes that hold them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from server.calendar.models import Holiday
from server.customers.models import Customer, LocationProposal
from server.deals.models import Deal, DealLine, LostReason, Stage
from server.expenses.models import Expense
from server.fences.models import FencePolicy
from server.forms.models import FormQuestion
from server.identity.models import User
from server.metrics.models import Target
from server.metrics.sql.targets import parts_of_targets
from server.photos.models import Photo
from server.planning.models import JourneyStop
from server.platform.database import db
from server.products.models import Product
from server.signals.models import Signal
from server.sync.own_rows import proposals, signals
from server.sync.row import Reader, Row
from server.tasks.models import Task
from server.teams.models import TeamMembership
from server.teams.queries import team_line, team_with_descendants
from server.visits.models import Visit
from shared.checkin.policy import PolicyKind
from shared.sync.protocol import ORG_SCOPE, rep_scope

_ORG = frozenset({ORG_SCOPE})


def customers(ids: Sequence[str]) -> dict[str, Row]:
    """Return customers: for their owner, and for reps who have a stop there from today on."""
    planned: dict[str, set[str]] = {}
    for customer_id, rep_id in db.session.execute(
        select(JourneyStop.customer_id, JourneyStop.rep_id)
        .where(
            JourneyStop.customer_id.in_(ids),
            JourneyStop.deleted_at.is_(None),
            JourneyStop.day >= func.current_date(),
        )
        .distinct()
    ):
        planned.setdefault(customer_id, set()).add(rep_id)
    found = db.session.scalars(
        select(Customer).where(Customer.id.in_(ids), Customer.deleted_at.is_(None))
    )
    return {
        row.id: Row(
            row.version,
            frozenset(
                rep_scope(rep_id)
                for rep_id in planned.get(row.id, set())
                | ({row.owner_id} if row.owner_id else set())
            ),
            {
                "code": row.code,
                "name": row.name,
                "customer_class": row.customer_class,
                "contact_name": row.contact_name,
                "phone": row.phone,
                "email": row.email,
                "address": row.address,
                "city": row.city,
                "notes": row.notes,
                "latitude": row.latitude,
                "longitude": row.longitude,
                "radius_m": row.radius_m,
                "location_version": row.location_version,
                "is_prospect": row.is_prospect,
            },
        )
        for row in found
    }


def products(ids: Sequence[str]) -> dict[str, Row]:
    """Return products: for everybody. What they cost the company stays with the company."""
    found = db.session.scalars(
        select(Product).where(Product.id.in_(ids), Product.deleted_at.is_(None))
    )
    return {
        row.id: Row(
            row.version,
            _ORG,
            {
                "sku": row.sku,
                "name": row.name,
                "category": row.category,
                "unit": row.unit,
                "price_minor": row.price_minor,
                "active": row.active,
            },
        )
        for row in found
    }


def stages(keys: Sequence[str]) -> dict[str, Row]:
    """Return stages of the pipeline that are in use: for everybody."""
    found = db.session.scalars(
        select(Stage).where(Stage.key.in_(keys), Stage.archived_at.is_(None))
    )
    return {
        row.key: Row(None, _ORG, {"name": row.name, "kind": row.kind, "position": row.position})
        for row in found
    }


def fence_policies(ids: Sequence[str]) -> dict[str, Row]:
    """Return rules for check-ins outside: a team's for its reps of today, others for everybody."""
    found = db.session.scalars(select(FencePolicy).where(FencePolicy.id.in_(ids)))
    rows = {}
    for row in found:
        scopes, depth = _ORG, 0
        if row.kind == PolicyKind.TEAM:
            scopes, depth = _scopes_of_team(row.key), len(team_line(row.key))
        rows[row.id] = Row(
            row.version,
            scopes,
            {"kind": row.kind, "key": row.key, "rule": row.rule, "depth": depth},
        )
    return rows


def _scopes_of_team(team_id: str) -> frozenset[str]:
    teams = team_with_descendants(team_id)
    reps = db.session.scalars(
        select(TeamMembership.user_id).where(
            TeamMembership.covers(TeamMembership.user_id, func.current_date()),
            TeamMembership.team_id.in_(teams),
        )
    )
    return frozenset(rep_scope(rep_id) for rep_id in reps)


def lost_reasons(keys: Sequence[str]) -> dict[str, Row]:
    """Return the reasons for losing a deal: for everybody."""
    found = db.session.scalars(select(LostReason).where(LostReason.key.in_(keys)))
    return {row.key: Row(None, _ORG, {"name": row.name, "position": row.position}) for row in found}


def form_questions(ids: Sequence[str]) -> dict[str, Row]:
    """Return questions of the visit form, older versions too: for everybody."""
    found = db.session.scalars(select(FormQuestion).where(FormQuestion.id.in_(ids)))
    return {row.id: Row(row.version, _ORG, row.as_sent()) for row in found}


def stops(ids: Sequence[str]) -> dict[str, Row]:
    """Return planned stops: for the rep they are planned for."""
    found = db.session.scalars(
        select(JourneyStop).where(JourneyStop.id.in_(ids), JourneyStop.deleted_at.is_(None))
    )
    return {
        row.id: Row(
            row.version,
            frozenset({rep_scope(row.rep_id)}),
            {
                "customer_id": row.customer_id,
                "day": row.day.isoformat(),
                "sequence": row.sequence,
                "state": row.state,
                "cancel_reason": row.cancel_reason,
            },
        )
        for row in found
    }


def visits(ids: Sequence[str]) -> dict[str, Row]:
    """Return visits: for the rep who made them."""
    found = db.session.scalars(select(Visit).where(Visit.id.in_(ids), Visit.deleted_at.is_(None)))
    return {
        row.id: Row(row.version, frozenset({rep_scope(row.rep_id)}), visit_fields(row))
        for row in found
    }


def visit_fields(row: Visit) -> dict[str, Any]:
    """Return a visit as it travels."""
    return {
        "customer_id": row.customer_id,
        "stop_id": row.stop_id,
        "day": row.day.isoformat(),
        "state": row.state,
        "started_at_ms": _ms(row.started_at),
        "ended_at_ms": _ms(row.ended_at),
        "verdict": row.verdict,
        "distance_m": row.distance_m,
        "no_sale_reason": row.no_sale_reason,
        "notes": row.notes,
        "cancel_reason": row.cancel_reason,
        "form_answers": row.form_answers,
        "started_clock_s": row.started_clock_s,
        "ended_clock_s": row.ended_clock_s,
        "duration_s": row.duration_s,
        "auto_closed": row.auto_closed,
    }


def photos(ids: Sequence[str]) -> dict[str, Row]:
    """Return photos, without their bytes: for the rep who took them."""
    found = db.session.scalars(select(Photo).where(Photo.id.in_(ids), Photo.deleted_at.is_(None)))
    return {
        row.id: Row(
            row.version,
            frozenset({rep_scope(row.rep_id)}),
            {
                "visit_id": row.visit_id,
                "sha256": row.sha256,
                "size_bytes": row.size_bytes,
                "width_px": row.width_px,
                "height_px": row.height_px,
                "purpose": row.purpose,
                "taken_at_ms": _ms(row.taken_at),
                "state": row.state,
                "refusal": row.refusal,
                "withdrawn": row.withdrawn_at is not None,
            },
        )
        for row in found
    }


def deals(ids: Sequence[str]) -> dict[str, Row]:
    """Return deals with their lines: for their owner."""
    lines: dict[str, list[dict[str, Any]]] = {}
    for line in db.session.scalars(
        select(DealLine).where(DealLine.deal_id.in_(ids)).order_by(DealLine.position)
    ):
        lines.setdefault(line.deal_id, []).append(line_fields(line))
    found = db.session.scalars(select(Deal).where(Deal.id.in_(ids), Deal.deleted_at.is_(None)))
    return {
        row.id: Row(
            row.version,
            frozenset({rep_scope(row.owner_id)}),
            deal_fields(row, lines.get(row.id, [])),
        )
        for row in found
    }


def deal_fields(row: Deal, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a deal as it travels."""
    return {
        "customer_id": row.customer_id,
        "visit_id": row.visit_id,
        "title": row.title,
        "source": row.source,
        "stage_key": row.stage_key,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "lines": lines,
        "expected_close_on": row.expected_close_on.isoformat() if row.expected_close_on else None,
        "lost_reason": row.lost_reason,
        "note": row.note,
        "voided": row.voided_at is not None,
        "closed_on": row.closed_day.isoformat() if row.closed_day else None,
    }


def line_fields(line: DealLine) -> dict[str, Any]:
    """Return a line of a deal as it travels."""
    return {
        "product_id": line.product_id,
        "quantity": line.quantity,
        "unit_price_minor": line.unit_price_minor,
        "discount_minor": line.discount_minor,
    }


def tasks(ids: Sequence[str]) -> dict[str, Row]:
    """Return tasks: for the rep who is to do them."""
    found = db.session.execute(
        select(Task, User.name)
        .join(User, User.id == Task.created_by)
        .where(Task.id.in_(ids), Task.deleted_at.is_(None))
    )
    return {
        row.id: Row(
            row.version,
            frozenset({rep_scope(row.rep_id)}),
            task_fields(row, creator if row.created_by != row.rep_id else ""),
        )
        for row, creator in found
    }


def task_fields(row: Task, given_by: str) -> dict[str, Any]:
    """Return a task as it travels, with the name of who gave it, if that was somebody else."""
    return {
        "title": row.title,
        "note": row.note,
        "customer_id": row.customer_id,
        "visit_id": row.visit_id,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "state": row.state,
        "finished_at_ms": _ms(row.finished_at),
        "given_by": given_by,
    }


def expenses(ids: Sequence[str]) -> dict[str, Row]:
    """Return expenses: for the rep whose money it was."""
    found = db.session.scalars(
        select(Expense).where(Expense.id.in_(ids), Expense.deleted_at.is_(None))
    )
    return {
        row.id: Row(row.version, frozenset({rep_scope(row.rep_id)}), expense_fields(row))
        for row in found
    }


def expense_fields(row: Expense) -> dict[str, Any]:
    """Return an expense as it travels."""
    return {
        "day": row.day.isoformat(),
        "kind": row.kind,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "mileage_m": row.mileage_m,
        "note": row.note,
        "state": row.state,
        "reason": row.reason,
    }


def targets(ids: Sequence[str]) -> dict[str, Row]:
    """Return targets: for the rep who is to reach them, with the days on which part counts."""
    found = db.session.scalars(select(Target).where(Target.id.in_(ids), Target.rep_id.is_not(None)))
    parts = parts_of_targets(ids)
    return {
        row.id: Row(
            None,
            frozenset({rep_scope(str(row.rep_id))}),
            {
                "metric_key": row.metric_key,
                "month": row.month.isoformat(),
                "amount": row.amount,
                "parts": [
                    [None if day is None else day.isoformat() for day in part[:2]] + [part.share]
                    for part in parts[row.id]
                ]
                if row.id in parts
                else None,
            },
        )
        for row in found
    }


def holidays(days: Sequence[str]) -> dict[str, Row]:
    """Return public holidays: for everybody."""
    found = db.session.scalars(
        select(Holiday).where(Holiday.day.in_([dt.date.fromisoformat(day) for day in days]))
    )
    return {row.day.isoformat(): Row(None, _ORG, {"name": row.name}) for row in found}


def _ms(instant: Any) -> int | None:
    return None if instant is None else round(instant.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Downward:
    """How an entity travels down."""

    read: Reader
    id_column: Any


DOWNWARD: dict[str, Downward] = {
    "stage": Downward(stages, Stage.key),
    "lost_reason": Downward(lost_reasons, LostReason.key),
    "product": Downward(products, Product.id),
    "fence_policy": Downward(fence_policies, FencePolicy.id),
    "form_question": Downward(form_questions, FormQuestion.id),
    "customer": Downward(customers, Customer.id),
    "stop": Downward(stops, JourneyStop.id),
    "visit": Downward(visits, Visit.id),
    "photo": Downward(photos, Photo.id),
    "deal": Downward(deals, Deal.id),
    "task": Downward(tasks, Task.id),
    "expense": Downward(expenses, Expense.id),
    "holiday": Downward(holidays, Holiday.day),
    "target": Downward(targets, Target.id),
    "signal": Downward(signals, Signal.id),
    "proposal": Downward(proposals, LocationProposal.id),
}
"""What travels down, in the order in which a first sync is most useful."""
