"""Rows as they travel down to phones, and the scopes that hold them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from server.calendar.models import Holiday
from server.customers.models import Customer
from server.deals.models import Deal, DealLine, LeadSource, LostReason, Stage
from server.expenses.models import Expense
from server.fences.models import FencePolicy
from server.fields.models import FieldRow
from server.forms.models import FormQuestion
from server.identity.models import User
from server.metrics.models import Target
from server.metrics.sql.targets import parts_of_targets
from server.photos.models import Photo
from server.planning.models import JourneyStop
from server.platform.database import among, db
from server.platform.prepared import Prepared
from server.products.models import Product
from server.sync.fields import CUSTOMER, DEAL, LINE, PRODUCT, STOP, VISIT, to_ms, with_own_fields
from server.sync.models import RepDay
from server.sync.row import Head, Row, scope_of
from server.sync.window import WINDOWS
from server.tasks.models import Task
from server.teams.models import TeamMembership
from server.teams.queries import team_line, team_with_descendants
from server.visits.models import Visit
from shared.checkin.policy import PolicyKind
from shared.sync.protocol import ORG_SCOPE, rep_scope

_ORG = frozenset({ORG_SCOPE})


def _live(model: Any, *columns: Any) -> Prepared:
    """Return what reads id, version and these columns of the rows that are not deleted."""
    return Prepared(
        lambda: select(model.id, model.version, *columns).where(
            among(model.id), model.deleted_at.is_(None)
        )
    )


def _young(entity: str, model: Any, *columns: Any) -> Prepared:
    """Return what reads id, version, owner and these columns of the rows that are on phones."""
    window = WINDOWS[entity]
    return Prepared(
        lambda: window.of(select(model.id, model.version, window.owner, *columns)).where(
            among(model.id), model.deleted_at.is_(None)
        )
    )


_CUSTOMERS = _live(Customer, Customer.owner_id, *CUSTOMER.columns)
_HEADS_OF_CUSTOMERS = _live(Customer, Customer.owner_id)
_PLANNED = Prepared(
    lambda: (
        select(JourneyStop.customer_id, JourneyStop.rep_id)
        .outerjoin(RepDay, RepDay.rep_id == JourneyStop.rep_id)
        .where(
            among(JourneyStop.customer_id),
            JourneyStop.deleted_at.is_(None),
            JourneyStop.day >= RepDay.today(),
        )
        .distinct()
    )
)
_STOPS = _young("stop", JourneyStop, *STOP.columns)
_VISITS = _young("visit", Visit, *VISIT.columns)
_DEALS = _young("deal", Deal, *DEAL.columns)
_LINES = Prepared(
    lambda: (
        select(DealLine.deal_id, *LINE.columns)
        .where(among(DealLine.deal_id))
        .order_by(DealLine.position)
    )
)


def customers(ids: Sequence[str]) -> dict[str, Row]:
    """Return customers: for their owner, and for reps who have a stop there from today on."""
    planned = _planned_at(ids)
    return {
        customer_id: Row(
            version,
            _scopes_of_customer(owner_id, planned.get(customer_id)),
            with_own_fields(CUSTOMER.named(values)),
        )
        for customer_id, version, owner_id, *values in _CUSTOMERS.rows(ids=ids)
    }


def customer_fields(row: Customer) -> dict[str, Any]:
    """Return a customer as it travels."""
    return with_own_fields(CUSTOMER.of(row))


def heads_of_customers(ids: Sequence[str]) -> dict[str, Head]:
    """Return versions and scopes of customers."""
    planned = _planned_at(ids)
    return {
        customer_id: Head(version, _scopes_of_customer(owner_id, planned.get(customer_id)))
        for customer_id, version, owner_id in _HEADS_OF_CUSTOMERS.rows(ids=ids)
    }


def _planned_at(ids: Sequence[str]) -> dict[str, set[str]]:
    """Return the reps who have a stop at these customers from today on."""
    planned: dict[str, set[str]] = {}
    for customer_id, rep_id in _PLANNED.rows(ids=ids):
        planned.setdefault(customer_id, set()).add(rep_id)
    return planned


def _scopes_of_customer(owner_id: str | None, planned: set[str] | None) -> frozenset[str]:
    if planned is None:
        return scope_of(owner_id) if owner_id else frozenset()
    return frozenset(rep_scope(rep_id) for rep_id in planned | ({owner_id} if owner_id else set()))


def products(ids: Sequence[str]) -> dict[str, Row]:
    """Return products: for everybody. What they cost the company stays with the company."""
    found = db.session.execute(
        select(Product.id, Product.version, *PRODUCT.columns).where(
            among(Product.id, ids), Product.deleted_at.is_(None)
        )
    )
    return {
        product_id: Row(version, _ORG, PRODUCT.named(values))
        for product_id, version, *values in found
    }


def stages(keys: Sequence[str]) -> dict[str, Row]:
    """Return stages of the pipeline that are in use: for everybody."""
    found = db.session.scalars(
        select(Stage).where(among(Stage.key, keys), Stage.archived_at.is_(None))
    )
    return {
        row.key: Row(None, _ORG, {"name": row.name, "kind": row.kind, "position": row.position})
        for row in found
    }


def fence_policies(ids: Sequence[str]) -> dict[str, Row]:
    """Return rules for check-ins outside: a team's for its reps of today, others for everybody."""
    found = db.session.scalars(select(FencePolicy).where(among(FencePolicy.id, ids)))
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
        select(TeamMembership.user_id)
        .outerjoin(RepDay, RepDay.rep_id == TeamMembership.user_id)
        .where(
            TeamMembership.covers(TeamMembership.user_id, RepDay.today()),
            TeamMembership.team_id.in_(teams),
        )
    )
    return frozenset(rep_scope(rep_id) for rep_id in reps)


def lost_reasons(keys: Sequence[str]) -> dict[str, Row]:
    """Return the reasons for losing a deal: for everybody."""
    found = db.session.scalars(select(LostReason).where(among(LostReason.key, keys)))
    return {row.key: Row(None, _ORG, {"name": row.name, "position": row.position}) for row in found}


def lead_sources(keys: Sequence[str]) -> dict[str, Row]:
    """Return where leads come from: for everybody."""
    found = db.session.scalars(select(LeadSource).where(among(LeadSource.key, keys)))
    return {row.key: Row(None, _ORG, {"name": row.name, "position": row.position}) for row in found}


def form_questions(ids: Sequence[str]) -> dict[str, Row]:
    """Return questions of the visit form, older versions too: for everybody."""
    found = db.session.scalars(select(FormQuestion).where(among(FormQuestion.id, ids)))
    return {row.id: Row(row.version, _ORG, row.as_sent()) for row in found}


def custom_fields(ids: Sequence[str]) -> dict[str, Row]:
    """Return custom fields of customers, those archived too: for everybody."""
    found = db.session.scalars(select(FieldRow).where(among(FieldRow.id, ids)))
    return {row.id: Row(row.version, _ORG, row.as_sent()) for row in found}


def stops(ids: Sequence[str]) -> dict[str, Row]:
    """Return planned stops: for the rep they are planned for."""
    return {
        stop_id: Row(version, scope_of(rep_id), STOP.named(values))
        for stop_id, version, rep_id, *values in _STOPS.rows(ids=ids)
    }


def visits(ids: Sequence[str]) -> dict[str, Row]:
    """Return visits: for the rep who made them."""
    return {
        visit_id: Row(version, scope_of(rep_id), VISIT.named(values))
        for visit_id, version, rep_id, *values in _VISITS.rows(ids=ids)
    }


def visit_fields(row: Visit) -> dict[str, Any]:
    """Return a visit as it travels."""
    return VISIT.of(row)


def photos(ids: Sequence[str]) -> dict[str, Row]:
    """Return photos, without their bytes: for the rep who took them."""
    found = db.session.scalars(
        WINDOWS["photo"].of(select(Photo)).where(among(Photo.id, ids), Photo.deleted_at.is_(None))
    )
    return {
        row.id: Row(
            row.version,
            frozenset({rep_scope(row.rep_id)}),
            {
                "visit_id": row.visit_id,
                "expense_id": row.expense_id,
                "sha256": row.sha256,
                "size_bytes": row.size_bytes,
                "width_px": row.width_px,
                "height_px": row.height_px,
                "purpose": row.purpose,
                "taken_at_ms": to_ms(row.taken_at),
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
    for deal_id, *values in _LINES.rows(ids=ids):
        lines.setdefault(deal_id, []).append(LINE.named(values))
    return {
        deal_id: Row(
            version,
            scope_of(owner_id),
            {**DEAL.named(values), "lines": lines.get(deal_id, [])},
        )
        for deal_id, version, owner_id, *values in _DEALS.rows(ids=ids)
    }


def deal_fields(row: Deal, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a deal as it travels."""
    return {**DEAL.of(row), "lines": lines}


def line_fields(line: DealLine) -> dict[str, Any]:
    """Return a line of a deal as it travels."""
    return LINE.of(line)


def tasks(ids: Sequence[str]) -> dict[str, Row]:
    """Return tasks: for the rep who is to do them."""
    found = db.session.execute(
        WINDOWS["task"]
        .of(select(Task, User.name).join(User, User.id == Task.created_by))
        .where(among(Task.id, ids), Task.deleted_at.is_(None))
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
        "finished_at_ms": to_ms(row.finished_at),
        "given_by": given_by,
    }


def expenses(ids: Sequence[str]) -> dict[str, Row]:
    """Return expenses: for the rep whose money it was."""
    found = db.session.scalars(
        WINDOWS["expense"]
        .of(select(Expense))
        .where(among(Expense.id, ids), Expense.deleted_at.is_(None))
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
    found = db.session.scalars(
        select(Target).where(among(Target.id, ids), Target.rep_id.is_not(None))
    )
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
