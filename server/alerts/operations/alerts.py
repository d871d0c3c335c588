"""Raising alerts and taking them back, acknowledging them, and setting the rules."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update

from server.alerts.models import Alert, AlertRule, MutedRule, RuleSetting
from server.alerts.operations.deliveries import line_up
from server.alerts.operations.rules import FIND, Moment
from server.platform import audit
from server.platform.access import Access
from server.platform.database import db, upsert
from server.platform.errors import InvalidInputError, NotFoundError, ProblemError
from server.platform.versioned import ChangedMeanwhileError
from shared.i18n import N_
from shared.sync.ids import new_id

KEPT = dt.timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a rule's number means, what it is unless the company says otherwise, and its limits."""

    unit: str
    """`clock` (minutes since midnight), `minutes`, `hours`, `days` or `percent`; empty: none."""
    default: int = 0
    least: int = 0
    most: int = 0


BOUNDS: Mapping[AlertRule, Bounds] = {
    AlertRule.LATE_START: Bounds(unit="clock", default=600, least=300, most=1200),
    AlertRule.NOT_SYNCED: Bounds(unit="hours", default=24, least=1, most=720),
    AlertRule.TARGET_BEHIND: Bounds(unit="percent", default=20, least=1, most=90),
    AlertRule.DEALS_STUCK: Bounds(unit="days", default=30, least=1, most=365),
    AlertRule.SIGNALS_WAITING: Bounds(unit="hours", default=48, least=1, most=720),
    AlertRule.TRACKING_OFF: Bounds(unit="minutes", default=120, least=30, most=720),
    AlertRule.OVERRIDE_USED: Bounds(unit=""),
}
EVENTS = frozenset({AlertRule.OVERRIDE_USED})
"""Rules that tell of something that happened: it does not stop being so."""


def present_settings() -> dict[AlertRule, RuleSetting]:
    """Return every rule as it is set now."""
    known = {row.rule: row for row in db.session.scalars(select(RuleSetting))}
    return {
        rule: known.get(rule)
        or RuleSetting(rule=rule, enabled=True, threshold=bounds.default, version=0)
        for rule, bounds in BOUNDS.items()
    }


def raise_alerts(*, moment: Moment) -> int:
    """
    Look at every rule that is on; return how many alerts are new.

    Safe to repeat. An alert whose occasion is over is cleared; what nobody acknowledged is still
    in the list of those that are over. Alerts of half a year ago are forgotten.
    """
    settings = present_settings()
    found = [
        finding
        for rule, find in FIND.items()
        if settings[rule].enabled
        for finding in find(moment=moment, threshold=settings[rule].threshold)
    ]
    keys = {finding.key for finding in found}
    known = set(db.session.scalars(select(Alert.key).where(Alert.key.in_(keys)))) if keys else set()
    open_ = db.session.execute(
        select(Alert.id, Alert.key).where(Alert.cleared_at.is_(None), Alert.rule.not_in(EVENTS))
    ).all()
    over = [row.id for row in open_ if row.key not in keys]
    _set(over, {"cleared_at": moment.at})
    upsert(
        Alert,
        [
            {
                "id": new_id(),
                "key": finding.key,
                "rule": finding.rule,
                "rep_id": finding.rep_id,
                "team_id": finding.team_id,
                "day": finding.day,
                "inputs": dict(finding.inputs),
                "raised_at": moment.at,
                "cleared_at": None,
            }
            for finding in found
        ],
        keys=["key"],
        # Its team and numbers are those of now; when it was raised and who has seen it stay.
        update=["inputs", "team_id", "cleared_at"],
    )
    line_up(keys - known, at=moment.at)
    db.session.execute(delete(Alert).where(Alert.raised_at < moment.at - KEPT))
    return len(keys - known)


def _set(ids: Collection[str], values: dict[str, Any]) -> None:
    if ids:
        db.session.execute(
            update(Alert)
            .where(Alert.id.in_(ids))
            .values(**values)
            .execution_options(synchronize_session=False)
        )


class TakenOnError(ProblemError):
    """Somebody else takes care of the alert already."""

    code = "alert.taken_on"
    status = 409
    title = N_("Somebody else has taken this on meanwhile; their name stands beside it.")


def acknowledge(*, access: Access, alert_id: str, at: dt.datetime) -> None:
    """
    Note that the caller takes care of an alert. Safe to repeat.

    :raises NotFoundError: if there is no such alert that the caller may see
    :raises TakenOnError: if somebody else does already
    """
    alert = _get(access, alert_id)
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by = at, access.user_id
    elif alert.acknowledged_by != access.user_id:
        raise TakenOnError


def give_up(*, access: Access, alert_id: str) -> None:
    """
    Take back that the caller takes care of an alert; it waits for somebody again.

    :raises NotFoundError: if there is no such alert that the caller may see
    :raises ChangedMeanwhileError: if it is not the caller who takes care of it
    """
    alert = _get(access, alert_id)
    if alert.acknowledged_by != access.user_id:
        raise ChangedMeanwhileError
    alert.acknowledged_at = alert.acknowledged_by = None


def _get(access: Access, alert_id: str) -> Alert:
    alert = db.session.scalar(
        select(Alert)
        .where(Alert.id == alert_id, access.rows(Alert.rep_id, Alert.team_id))
        .with_for_update()
    )
    if alert is None:
        raise NotFoundError
    return alert


def choose_rules(*, user_id: str, wanted: Collection[AlertRule]) -> None:
    """Let a person see the alerts of these rules and of no others."""
    db.session.execute(delete(MutedRule).where(MutedRule.user_id == user_id))
    db.session.add_all(
        MutedRule(user_id=user_id, rule=rule) for rule in AlertRule if rule not in wanted
    )


def set_rules(
    *,
    rules: Mapping[AlertRule, tuple[bool, int]],
    bases: Mapping[AlertRule, str],
    at: dt.datetime,
    by: str,
) -> int:
    """
    Set for the whole company which rules are on, and their numbers; return how many changed.

    :param bases: the version of each rule that the form was made from
    :raises InvalidInputError: if a number is out of its bounds; names each rule
    :raises ChangedMeanwhileError: if somebody else changed one of them meanwhile
    """
    wrong = {
        str(rule): ["out of range"]
        for rule, (_, threshold) in rules.items()
        if not BOUNDS[rule].least <= threshold <= BOUNDS[rule].most
    }
    if wrong:
        raise InvalidInputError(wrong)
    count = 0
    for rule, setting in present_settings().items():
        enabled, threshold = rules[rule]
        if (enabled, threshold) == (setting.enabled, setting.threshold):
            continue
        if bases.get(rule, "") != str(setting.version):
            raise ChangedMeanwhileError
        changed = setting.set_fields({"enabled": enabled, "threshold": threshold})
        db.session.add(setting)
        audit.record(action="alert_rule.set", at=at, user_id=by, subject=rule, **changed)
        count += 1
    return count
