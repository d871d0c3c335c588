"""Recording visits: made with their check-in, ended by a check-out, patched, cancelled."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from server.customers.operations import get_customer_of_visit
from server.fences.operations import Lifted, look_at_check_in, rule_at
from server.forms.operations import check_answers
from server.planning.operations.stops import get_stop
from server.platform.errors import ProblemError
from server.platform.events import mark_days, position_seen, record_changed
from server.platform.held import append, find, make, newest, write
from server.teams.queries import team_of_rep
from server.visits.models import CheckIn, CheckOut, Visit
from shared.checkin.evidence import ClockReading, Fence, Fix
from shared.checkin.policy import FenceRule
from shared.checkin.time_trust import TimeNote, TrustedTime, is_from_future
from shared.checkin.verdict import VerdictReason, judge
from shared.i18n import N_
from shared.time import business_day, local_time
from shared.vocabulary import Verdict, VisitState

_TIME_NOTES = frozenset(TimeNote)


class UnknownVisitError(ProblemError):
    """No such visit of this rep."""

    code = "visit.unknown"
    status = 404
    title = N_("This visit does not exist.")


class AlreadyCheckedInError(ProblemError):
    """The visit has its check-in; evidence is never replaced."""

    code = "visit.already_checked_in"
    status = 409
    title = N_("This visit has a check-in already.")


class AlreadyCheckedOutError(ProblemError):
    """The visit has its check-out; evidence is never replaced."""

    code = "visit.already_checked_out"
    status = 409
    title = N_("This visit has a check-out already.")


class ReasonMissingError(ProblemError):
    """A cancelled visit must say why."""

    code = "visit.reason_missing"
    status = 422
    title = N_("Say why the visit was cancelled.")


class VisitCancelledError(ProblemError):
    """A cancelled visit does not come back."""

    code = "visit.cancelled"
    status = 409
    title = N_("This visit was cancelled.")


@dataclass(slots=True, kw_only=True)
class Presence:
    """What the phone saw at a check-in or check-out, and the time that was worked out for it."""

    evidence_id: str
    fix: Fix | None
    fence: Fence
    clock: ClockReading
    time: TrustedTime
    received_at: dt.datetime
    phone_verdict: Verdict | None = None
    anchor_id: str | None = None
    device_id: str | None = None
    app_version: str = ""
    battery_percent: int | None = None
    was_offline: bool = False
    override_code: str = ""
    """The manager's code, where the rep gave one."""
    content_sha256: bytes | None = None


def create_visit(
    *,
    visit_id: str,
    rep_id: str,
    customer_id: str,
    stop_id: str | None,
    time_zone: str,
    at: dt.datetime,
    notes: str = "",
) -> Visit:
    """Start a visit; its check-in follows in the same group.

    A second visit while one is open is kept, and one at a customer that was deleted meanwhile:
    what a rep recorded is never refused for that.

    :raises UnknownCustomerError: if there never was such a customer
    :raises UnknownStopError: if the stop is not in this rep's plan
    """
    customer = get_customer_of_visit(customer_id)
    if stop_id is not None:
        get_stop(stop_id=stop_id, rep_id=rep_id)
    day = business_day(at, time_zone)
    visit = make(
        Visit,
        id=visit_id,
        rep_id=rep_id,
        team_id=team_of_rep(rep_id, day),
        customer_id=customer.id,
        stop_id=stop_id,
        day=day,
        time_zone=time_zone,
        state=VisitState.OPEN,
        notes=notes,
        version=1,
        field_versions={},
        form_answers={},
        created_at=at,
        updated_at=at,
    )
    _announce(visit)
    return visit


def check_in(*, visit_id: str, rep_id: str, presence: Presence) -> Visit:
    """Keep the evidence of arriving, and judge it. Outside or uncertain is kept, not refused.

    :raises UnknownVisitError: if it is no visit of this rep
    :raises AlreadyCheckedInError: if the visit has a check-in
    """
    visit = get_visit(visit_id=visit_id, rep_id=rep_id)
    if visit.started_at is not None:
        raise AlreadyCheckedInError
    evidence = _columns_of(visit, presence)
    evidence |= _look_at_fence(visit, evidence, presence)
    append(CheckIn, evidence)
    visit.change(
        {
            "started_at": evidence["captured_at"],
            "started_clock_s": _clock_s(evidence["captured_at"], presence.clock.time_zone),
            "verdict": evidence["verdict"],
            "verdict_reason": evidence["verdict_reason"],
            "distance_m": evidence["distance_m"],
            "time_trust": evidence["time_trust"],
            "duration_s": _duration_s(evidence["captured_at"], visit.ended_at),
        },
        at=presence.received_at,
    )
    write()
    _announce(visit)
    _tell_where(evidence)
    return visit


def check_out(
    *, visit_id: str, rep_id: str, presence: Presence, left_ago: dt.timedelta | None = None
) -> Visit:
    """Keep the evidence of leaving, and complete the visit.

    :param left_ago: of a forgotten check-out, how long before it the rep was last inside; the visit
        ends then, and its duration counts apart
    :raises UnknownVisitError: if it is no visit of this rep
    :raises AlreadyCheckedOutError: if the visit has a check-out
    """
    visit = get_visit(visit_id=visit_id, rep_id=rep_id)
    if visit.ended_at is not None:
        raise AlreadyCheckedOutError
    evidence = _columns_of(visit, presence)
    append(CheckOut, evidence)
    ended_at: dt.datetime = evidence["captured_at"]
    if left_ago is not None:
        ended_at = max(ended_at - left_ago, visit.started_at or ended_at - left_ago)
    fields: dict[str, Any] = {
        "ended_at": ended_at,
        "ended_clock_s": _clock_s(ended_at, presence.clock.time_zone),
        "duration_s": _duration_s(visit.started_at, ended_at),
    }
    if left_ago is not None:
        fields["auto_closed"] = True
    if visit.state != VisitState.CANCELLED:
        fields["state"] = VisitState.COMPLETED
    visit.change(fields, at=presence.received_at)
    write()
    _announce(visit)
    _tell_where(evidence)
    return visit


def patch_visit(*, visit_id: str, rep_id: str, fields: dict[str, Any], at: dt.datetime) -> Visit:
    """Change notes, no-sale reason or form answers, or cancel with a reason.

    :raises UnknownVisitError: if it is no visit of this rep
    :raises ReasonMissingError: if it is cancelled without a reason
    :raises VisitCancelledError: if a cancelled visit is to be changed otherwise
    :raises shared.schemas.record.InvalidRecordError: if an answer to the form is impossible
    """
    visit = get_visit(visit_id=visit_id, rep_id=rep_id)
    cancels = fields.get("state") == VisitState.CANCELLED
    if cancels and not fields.get("cancel_reason", visit.cancel_reason):
        raise ReasonMissingError
    if visit.state == VisitState.CANCELLED and not cancels and set(fields) - {"notes"}:
        raise VisitCancelledError
    if "form_answers" in fields:
        fields = fields | {"form_answers": check_answers(fields["form_answers"])}
    if visit.change(fields, at=at):
        write()
        _announce(visit)
    return visit


def flags_of(presence: Presence) -> list[str]:
    """Return what is odd about the evidence of a check-in or check-out, as codes."""
    flags: list[str] = [note.value for note in presence.time.notes]
    fix = presence.fix
    if fix is not None and is_from_future(fix.fix_at, at=presence.time.at):
        flags.append(TimeNote.FUTURE_FIX)
    if fix is not None and fix.accuracy_m == 0:
        flags.append(VerdictReason.UNKNOWN_ACCURACY)
    return flags


def get_visit(*, visit_id: str, rep_id: str) -> Visit:
    """Return a visit of this rep.

    :raises UnknownVisitError: if there is none, or it is another rep's
    """
    visit = find(Visit, visit_id, lock=True)
    if visit is None or visit.rep_id != rep_id or visit.deleted_at is not None:
        raise UnknownVisitError
    return visit


def _announce(visit: Visit) -> None:
    mark_days(visit.rep_id, {visit.day})
    record_changed("visit", visit.id)


def _look_at_fence(
    visit: Visit, evidence: dict[str, Any], presence: Presence
) -> dict[str, FenceRule | Lifted]:
    """Return the rule and whether it was kept. The evidence is kept whatever the answer."""
    customer = get_customer_of_visit(visit.customer_id)
    rule = rule_at(team_id=visit.team_id, customer_class=customer.customer_class)
    lifted = look_at_check_in(
        rule=rule,
        verdict=evidence["verdict"],
        code=presence.override_code,
        has_note=bool(visit.notes),
        device_id=presence.device_id,
        customer_id=visit.customer_id,
        visit_id=visit.id,
        day=evidence["day"],
        at=evidence["captured_at"],
    )
    return {"fence_rule": rule, "fence_lifted": lifted}


def _tell_where(evidence: dict[str, Any]) -> None:
    if evidence.get("latitude") is None or evidence.get("longitude") is None:
        return
    newest(
        ("position", evidence["rep_id"]),
        evidence["captured_at"],
        lambda: position_seen.send(
            None,
            rep_id=evidence["rep_id"],
            source="visit",
            latitude=evidence["latitude"],
            longitude=evidence["longitude"],
            accuracy_m=evidence["accuracy_m"],
            measured_at=evidence["captured_at"],
            battery_percent=evidence["battery_percent"],
        ),
    )


def _columns_of(visit: Visit, presence: Presence) -> dict[str, Any]:
    return evidence_columns(
        visit_id=visit.id,
        rep_id=visit.rep_id,
        customer_id=visit.customer_id,
        presence=presence,
    )


def evidence_columns(
    *, visit_id: str, rep_id: str, customer_id: str, presence: Presence
) -> dict[str, Any]:
    """Return the row of a check-in or check-out, judged; without a fix its columns are absent."""
    judgement = judge(presence.fix, presence.fence)
    fix, fence, clock, time = presence.fix, presence.fence, presence.clock, presence.time
    columns: dict[str, Any] = {
        "id": presence.evidence_id,
        "visit_id": visit_id,
        "rep_id": rep_id,
        "customer_id": customer_id,
        "day": business_day(time.at, clock.time_zone),
        "fence_latitude": fence.latitude,
        "fence_longitude": fence.longitude,
        "fence_radius_m": round(fence.radius_m),
        "location_version": fence.location_version,
        "wall_at": clock.wall_at,
        "time_zone": clock.time_zone,
        "boot_id": clock.boot_id,
        "elapsed_ms": clock.elapsed_ms,
        "anchor_id": presence.anchor_id,
        "captured_at": time.at,
        "time_trust": time.trust,
        "time_flags": [flag for flag in flags_of(presence) if flag in _TIME_NOTES],
        "received_at": presence.received_at,
        "verdict": judgement.verdict,
        "verdict_reason": judgement.reason or "",
        "distance_m": judgement.distance_m,
        "probability_inside": judgement.probability_inside,
        "phone_verdict": presence.phone_verdict,
        "device_id": presence.device_id,
        "app_version": presence.app_version,
        "battery_percent": presence.battery_percent,
        "was_offline": presence.was_offline,
        "content_sha256": presence.content_sha256,
    }
    if fix is not None:
        columns |= {
            "latitude": fix.latitude,
            "longitude": fix.longitude,
            "accuracy_m": fix.accuracy_m,
            "provider": fix.provider,
            "fix_at": fix.fix_at,
            "fix_age_s": fix.age_s,
            "is_mock": fix.is_mock,
            "speed_mps": fix.speed_mps,
            "altitude_m": fix.altitude_m,
            "sample_count": fix.samples,
        }
    return columns


def _clock_s(at: dt.datetime, time_zone: str) -> int:
    local = local_time(at, time_zone)
    return local.hour * 3600 + local.minute * 60 + local.second


def _duration_s(start: dt.datetime | None, end: dt.datetime | None) -> int | None:
    if start is None or end is None:
        return None
    # Each is cut to its second first, as the databases do (server/platform/database.py).
    return max(0, int(end.timestamp()) - int(start.timestamp()))
