"""Setting the rules, issuing codes, and what the office makes of a check-in that used one."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import func, select

from server.fences.models import FenceOverride, FencePolicy
from server.fences.queries import get_rules
from server.identity.models import Device
from server.planning.queries import find_rep, outlets_of_rep
from server.platform import audit
from server.platform.access import SYSTEM, Access
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from server.platform.events import record_changed
from server.platform.held import once
from server.platform.prepared import Prepared
from server.platform.versioned import ChangedMeanwhileError
from server.teams.queries import team_line
from shared.checkin.policy import (
    MOST_CODES,
    FenceRule,
    Policy,
    PolicyKind,
    find_number,
    needs,
    override_code,
    rule_for,
)
from shared.i18n import N_
from shared.sync.ids import new_id
from shared.vocabulary import Verdict


class NoPhoneError(ProblemError):
    """The rep has no phone a code could be for."""

    code = "fence.no_phone"
    status = 422
    title = N_("This rep has no phone in use, so there is none to make a code for.")


class TooManyCodesError(ProblemError):
    """Nine codes for one customer and day are enough."""

    code = "fence.too_many_codes"
    status = 422
    title = N_("There are nine codes for this customer and day already.")


class ReasonMissingError(ProblemError):
    """A code must say why it was given."""

    code = "fence.reason_missing"
    status = 422
    title = N_("Say why the code is needed.")


class Lifted(StrEnum):
    """What became of the rule at a check-in; empty where there was nothing to keep."""

    NOTHING = ""
    NOTED = "noted"
    NOTE_MISSING = "note_missing"
    BY_CODE = "by_code"
    WITHOUT_CODE = "without_code"
    WRONG_CODE = "wrong_code"
    USED_CODE = "used_code"


def set_policies(
    *,
    rules: Mapping[tuple[PolicyKind, str], FenceRule | None],
    at: dt.datetime,
    by: str,
    base: str | None = None,
) -> int:
    """
    Set rules, or with None take them away; return how many changed.

    :param base: `Rules.version` that whoever sets them has seen; None: it does not matter
    :raises ChangedMeanwhileError: if there are others now
    """
    known = {
        (row.kind, row.key): row
        for row in db.session.scalars(select(FencePolicy).with_for_update())
    }
    if base is not None and base != get_rules(access=SYSTEM).version:
        raise ChangedMeanwhileError
    changed = []
    for (kind, key), rule in rules.items():
        row = known.get((kind, key))
        before = row.rule if row else None
        if before == rule:
            continue
        if row is None:
            assert rule is not None
            row = FencePolicy(id=new_id(), kind=kind, key=key, rule=rule, version=1)
            db.session.add(row)
        elif rule is None:
            db.session.delete(row)
        else:
            row.rule, row.version = rule, row.version + 1
        changed.append(row.id)
        audit.record(
            action="fence_policy.set",
            at=at,
            user_id=by,
            subject=f"{kind}:{key}" if key else str(kind),
            before=before,
            after=rule,
        )
    db.session.flush()
    record_changed("fence_policy", *changed)
    return len(changed)


def undo_policies(*, done_at: dt.datetime, at: dt.datetime, by: str) -> None:
    """
    Set rules back to what they were before a person set them at this time.

    :raises NotFoundError: if the person set none then
    :raises ChangedMeanwhileError: if somebody has set one of them anew since
    """
    entries = audit.entries_of(action="fence_policy.set", at=done_at, user_id=by)
    known = {(row.kind, row.key): row.rule for row in db.session.scalars(select(FencePolicy))}
    rules = {}
    for entry in entries:
        kind, _, key = entry.subject.partition(":")
        rule = (PolicyKind(kind), key)
        if known.get(rule) != entry.details["after"]:
            raise ChangedMeanwhileError
        before = entry.details["before"]
        rules[rule] = FenceRule(before) if before else None
    set_policies(rules=rules, at=at, by=by)


def issue_code(
    *,
    access: Access,
    rep_id: str,
    customer_id: str,
    day: dt.date,
    reason: str,
    at: dt.datetime,
) -> str:
    """Return a code for one check-in outside the fence, for the phone the rep used last.

    :raises NotFoundError: if the caller leads no such rep, or the rep has no such customer
    :raises ReasonMissingError: without a reason
    :raises NoPhoneError: if the rep has no phone
    :raises TooManyCodesError: after the ninth
    """
    find_rep(access=access, rep_id=rep_id, today=day)
    if customer_id not in {outlet.id for outlet in outlets_of_rep(access=access, rep_id=rep_id)}:
        raise NotFoundError
    if not reason.strip():
        raise ReasonMissingError
    device = db.session.scalar(
        select(Device)
        .where(Device.user_id == rep_id, Device.revoked_at.is_(None))
        .order_by(Device.last_seen_at.desc().nulls_last(), Device.enrolled_at.desc())
        .limit(1)
        .with_for_update()
    )
    if device is None:
        raise NoPhoneError
    given = db.session.scalar(
        select(func.max(FenceOverride.number)).where(
            FenceOverride.device_id == device.id,
            FenceOverride.customer_id == customer_id,
            FenceOverride.day == day,
        )
    )
    number = (given or 0) + 1
    if number > MOST_CODES:
        raise TooManyCodesError
    override = FenceOverride(
        id=new_id(),
        device_id=device.id,
        rep_id=rep_id,
        customer_id=customer_id,
        day=day,
        number=number,
        reason=reason.strip(),
        issued_by=access.user_id,
        issued_at=at,
    )
    db.session.add(override)
    audit.record(
        action="fence_override.issued",
        at=at,
        user_id=access.user_id,
        subject=customer_id,
        rep_id=rep_id,
        day=day.isoformat(),
        number=number,
        reason=reason.strip(),
    )
    db.session.flush()
    return override_code(device.mac_key, customer_id=customer_id, day=day, number=number)


_POLICIES = Prepared(lambda: select(FencePolicy.kind, FencePolicy.key, FencePolicy.rule))


def rule_at(*, team_id: str | None, customer_class: str) -> FenceRule:
    """Return the office's rule for reps of a team at customers of a class."""
    return once(("fence_rule", team_id, customer_class), lambda: _rule_at(team_id, customer_class))


def ask_rules_ahead() -> None:
    """Have what `rule_at` looks at come along with what is asked next."""
    _POLICIES.ask_behind()


def _rule_at(team_id: str | None, customer_class: str) -> FenceRule:
    rows = _POLICIES.rows()
    if not rows:
        return FenceRule.RECORD
    line = team_line(team_id) if team_id else []
    depths = {team: len(line) - number for number, team in enumerate(line)}
    policies = [
        Policy(PolicyKind(kind), key, FenceRule(rule), depths.get(key, 0))
        for kind, key, rule in rows
        if kind != PolicyKind.TEAM or key in depths
    ]
    return rule_for(policies, customer_class=customer_class)


def look_at_check_in(
    *,
    rule: FenceRule,
    verdict: Verdict,
    code: str,
    has_note: bool,
    device_id: str | None,
    customer_id: str,
    visit_id: str,
    day: dt.date,
    at: dt.datetime,
) -> Lifted:
    """Say whether a check-in kept to the rule, and mark its code as used. Refuses nothing."""
    if code and device_id is not None:
        return _use(code, device_id, customer_id=customer_id, visit_id=visit_id, day=day, at=at)
    match needs(rule, verdict):
        case FenceRule.BLOCK:
            return Lifted.WITHOUT_CODE
        case FenceRule.WARN:
            return Lifted.NOTED if has_note else Lifted.NOTE_MISSING
        case _:
            return Lifted.NOTHING


def _use(
    code: str, device_id: str, *, customer_id: str, visit_id: str, day: dt.date, at: dt.datetime
) -> Lifted:
    device = db.session.get_one(Device, device_id)
    number = find_number(device.mac_key, code, customer_id=customer_id, day=day)
    override = db.session.scalar(
        select(FenceOverride)
        .where(
            FenceOverride.device_id == device_id,
            FenceOverride.customer_id == customer_id,
            FenceOverride.day == day,
            FenceOverride.number == number,
        )
        .with_for_update()
    )
    if override is None:
        return Lifted.WRONG_CODE
    if override.used_at is not None:
        return Lifted.USED_CODE
    override.used_at, override.visit_id = at, visit_id
    return Lifted.BY_CODE


def tell_policies(_sender: object, **_: object) -> None:
    """Let phones know whose rules of teams changed because somebody changed teams."""
    rules = select(FencePolicy.id).where(FencePolicy.kind == PolicyKind.TEAM)
    record_changed("fence_policy", *db.session.scalars(rules))
