"""The records of a worked day: work time, visits with evidence, orders, cancelled stops."""

import datetime as dt
from typing import Any

from server.demo import form
from server.demo.blueprint import Company
from server.demo.days import Call, WorkedDay
from server.demo.evidence import Phone
from server.demo.orders import add_order
from server.demo.rows import Rows
from server.planning.models import JourneyStop
from server.tracking.models import WorkDay
from server.visits.models import CheckIn, CheckOut, Visit
from shared.time import local_time
from shared.vocabulary import StopState, VisitState


def add_calls(rows: Rows, company: Company, worked: WorkedDay, *, until: dt.datetime) -> None:
    """Add what has happened of this day so far; of a visit under way only its check-in."""
    if worked.starts_at > until:
        return
    rep, day = worked.rep, worked.day
    rows.mark(rep.id, day)
    rows.add(
        WorkDay,
        id=worked.work_day_id,
        rep_id=rep.id,
        day=day,
        started_at=worked.starts_at,
        ended_at=worked.ends_at if worked.ends_at <= until else None,
        content_sha256=None,
    )
    _cancel_stops(rows, worked, until=until)
    phone = Phone(company, rep, day, starts_at=worked.starts_at)
    chance = company.chance("whereabouts", rep.code, day)
    for call in worked.calls:
        away = chance.happens(rep.ways.away)
        if call.starts_at > until:
            return
        _add_visit(rows, company, worked, call, phone, away=away, until=until)
        if call.order is not None and call.order.at <= until:
            add_order(rows, company, call.outlet, call.order, day=day, visit_id=call.visit_id)


def add_orders_only(rows: Rows, company: Company, worked: WorkedDay) -> None:
    """Add the orders of a day from before visits were recorded, as taken over from elsewhere."""
    for number, call in enumerate(worked.calls, start=1):
        if call.order is not None:
            code = f"SO-{worked.day:%y%m%d}-{worked.rep.code.upper()}-{number:02d}"
            add_order(
                rows,
                company,
                call.outlet,
                call.order,
                day=worked.day,
                visit_id=None,
                code=code,
            )


def _cancel_stops(rows: Rows, worked: WorkedDay, *, until: dt.datetime) -> None:
    if not worked.cancelled:
        return
    for stop in rows.of(JourneyStop):
        reason, said_at = worked.cancelled.get(stop["id"], ("", until))
        if reason and said_at <= until:
            stop["state"] = StopState.CANCELLED
            stop["cancel_reason"] = reason
            stop["version"] = 2
            stop["updated_at"] = said_at


def _add_visit(
    rows: Rows,
    company: Company,
    worked: WorkedDay,
    call: Call,
    phone: Phone,
    *,
    away: bool,
    until: dt.datetime,
) -> None:
    ended = call.ends_at <= until
    came = phone.looks(
        call.outlet, visit_id=call.visit_id, at=call.starts_at, away=away, until=until
    )
    left = None
    if ended:
        left = phone.looks(
            call.outlet, visit_id=call.visit_id, at=call.ends_at, away=away, until=until
        )
    # The visit goes in before its evidence, which points to it.
    rows.add(Visit, **_visit(company, worked, call, came, left))
    rows.add(CheckIn, **came)
    if left is not None:
        rows.add(CheckOut, **left)


def _visit(
    company: Company,
    worked: WorkedDay,
    call: Call,
    came: dict[str, Any],
    left: dict[str, Any] | None,
) -> dict[str, Any]:
    started_at: dt.datetime = came["captured_at"]
    ended_at: dt.datetime | None = left["captured_at"] if left else None
    state = VisitState.OPEN
    if left is not None:
        state = VisitState.CANCELLED if call.cancel_reason else VisitState.COMPLETED
    return {
        "id": call.visit_id,
        "rep_id": worked.rep.id,
        "team_id": worked.rep.team_id,
        "customer_id": call.outlet.id,
        "stop_id": call.stop.id if call.stop else None,
        "day": worked.day,
        "time_zone": company.zone,
        "state": state,
        "started_at": started_at,
        "ended_at": ended_at,
        "started_clock_s": _clock_s(started_at, company.zone),
        "ended_clock_s": _clock_s(ended_at, company.zone) if ended_at else None,
        "duration_s": int(ended_at.timestamp()) - int(started_at.timestamp()) if ended_at else None,
        "verdict": came["verdict"],
        "verdict_reason": came["verdict_reason"],
        "distance_m": came["distance_m"],
        "time_trust": came["time_trust"],
        "auto_closed": False,
        "no_sale_reason": call.no_sale_reason if left else None,
        "notes": call.note if left else "",
        "form_answers": form.answers(company, call, day=worked.day) if left else {},
        "cancel_reason": call.cancel_reason if left else "",
        "version": 2 if left else 1,
        "field_versions": {},
        "created_at": started_at,
        "updated_at": ended_at or started_at,
        "deleted_at": None,
    }


def _clock_s(at: dt.datetime, zone: str) -> int:
    local = local_time(at, zone)
    return local.hour * 3600 + local.minute * 60 + local.second
