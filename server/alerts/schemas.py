"""What people read of rules and alerts, and where an alert leads."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from server.alerts.models import AlertRule, Channel
from server.alerts.operations.alerts import BOUNDS
from server.alerts.queries import AlertRow
from server.web import formats
from server.web.languages import current_language
from shared.i18n import N_


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A rule as people read it."""

    name: str
    explanation: str
    icon: str


RULES = {
    AlertRule.LATE_START: RuleWords(
        N_("Late start"),
        N_("Visits are planned today and none has begun by this time, in the rep's zone."),
        "clock-alert-outline",
    ),
    AlertRule.NOT_SYNCED: RuleWords(
        N_("Phone not synced"),
        N_("None of the rep's phones has synced for so many hours."),
        "sync-alert",
    ),
    AlertRule.TARGET_BEHIND: RuleWords(
        N_("Behind the target"),
        N_("Revenue of the month is so many per cent below its pace, counted in working days."),
        "target",
    ),
    AlertRule.DEALS_STUCK: RuleWords(
        N_("Deals stuck"),
        N_("Open deals have not changed their stage for so many days. Told once a week."),
        "timer-outline",
    ),
    AlertRule.SIGNALS_WAITING: RuleWords(
        N_("Signals waiting"),
        N_("Signals have waited for a decision for so many hours. Told once a week."),
        "file-search-outline",
    ),
    AlertRule.TRACKING_OFF: RuleWords(
        N_("Route not recorded"),
        N_("The rep consented, is at work and in touch, and no position came for so long."),
        "map-marker-off",
    ),
    AlertRule.OVERRIDE_USED: RuleWords(
        N_("Code used at the fence"),
        N_("A check-in outside the fence passed with a manager's code."),
        "key-outline",
    ),
}
CHANNELS = {Channel.EMAIL: N_("By e-mail"), Channel.WEBHOOK: N_("By webhook")}
UNITS = {
    "clock": N_("At (time of day)"),
    "minutes": N_("Minutes"),
    "hours": N_("Hours"),
    "days": N_("Number of days"),
    "percent": N_("Per cent"),
}


def sentence_of(alert: AlertRow, now: dt.datetime) -> str:
    """Return what an alert says, in the reader's language."""
    return _SENTENCES[alert.rule](alert.inputs, now)


def _late_start(given: dict[str, Any], _now: dt.datetime) -> str:
    return ngettext(
        "%(num)s visit planned, none begun by %(clock)s.",
        "%(num)s visits planned, none begun by %(clock)s.",
        given["planned"],
        clock=_time_of_day(given["minutes"]),
    )


def _not_synced(given: dict[str, Any], now: dt.datetime) -> str:
    since = dt.datetime.fromisoformat(given["since"])
    return gettext("Last sync %(ago)s.", ago=formats.ago(since, now, language=current_language()))


def _target_behind(given: dict[str, Any], _now: dt.datetime) -> str:
    return gettext("%(percent)s per cent below the pace of the month.", percent=given["behind"])


def _deals_stuck(given: dict[str, Any], _now: dt.datetime) -> str:
    return ngettext(
        "%(num)s open deal has not moved for %(days)s days.",
        "%(num)s open deals have not moved for %(days)s days.",
        given["deals"],
        days=given["days"],
    )


def _signals_waiting(given: dict[str, Any], _now: dt.datetime) -> str:
    return ngettext(
        "%(num)s signal has waited for more than %(hours)s hours.",
        "%(num)s signals have waited for more than %(hours)s hours.",
        given["signals"],
        hours=given["hours"],
    )


def _tracking_off(given: dict[str, Any], _now: dt.datetime) -> str:
    return gettext("At work, but no position for %(count)s min.", count=given["minutes"])


def _override_used(_given: dict[str, Any], _now: dt.datetime) -> str:
    return gettext("A check-in outside the fence used a code.")


_SENTENCES: dict[AlertRule, Callable[[dict[str, Any], dt.datetime], str]] = {
    AlertRule.LATE_START: _late_start,
    AlertRule.NOT_SYNCED: _not_synced,
    AlertRule.TARGET_BEHIND: _target_behind,
    AlertRule.DEALS_STUCK: _deals_stuck,
    AlertRule.SIGNALS_WAITING: _signals_waiting,
    AlertRule.TRACKING_OFF: _tracking_off,
    AlertRule.OVERRIDE_USED: _override_used,
}


def address_of(alert: AlertRow) -> str:
    """Return the page with the rows that an alert speaks of."""
    rep, day = alert.rep_id, alert.day.isoformat()
    pages: dict[AlertRule, tuple[str, dict[str, Any]]] = {
        AlertRule.LATE_START: ("planning_pages.index", {"rep": rep, "week": day}),
        AlertRule.NOT_SYNCED: ("live_pages.index", {"rep": rep}),
        AlertRule.TARGET_BEHIND: ("metrics_pages.overview", {"rep": rep, "period": "month"}),
        AlertRule.DEALS_STUCK: ("pipeline_pages.index", {"rep": rep, "stage": "open"}),
        AlertRule.SIGNALS_WAITING: ("signals_pages.index", {"rep": rep}),
        AlertRule.TRACKING_OFF: ("tracking_pages.show", {"rep_id": rep, "day": day}),
        AlertRule.OVERRIDE_USED: (
            "visits_pages.show",
            {"visit_id": alert.inputs.get("visit_id") or ""},
        ),
    }
    endpoint, arguments = pages[alert.rule]
    return url_for(endpoint, **arguments)


def payload_of(alert: AlertRow, now: dt.datetime, public_url: str) -> dict[str, Any]:
    """Return an alert as a webhook gets it; `id` is the same whenever it is sent again."""
    return {
        "id": alert.id,
        "rule": str(alert.rule),
        "rule_name": gettext(RULES[alert.rule].name),
        "rep": {"id": alert.rep_id, "name": alert.rep_name},
        "day": alert.day.isoformat(),
        "text": sentence_of(alert, now),
        "inputs": alert.inputs,
        "raised_at": alert.raised_at.isoformat(),
        "url": public_url.rstrip("/") + address_of(alert) if public_url else None,
    }


def _time_of_day(minutes: int) -> str:
    midnight = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    return formats.clock(
        midnight + dt.timedelta(minutes=minutes), "UTC", language=current_language()
    )


def clock_of(minutes: int) -> str:
    """Return minutes since midnight as a form's time field writes them."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def threshold_of(rule: AlertRule, text: str) -> int:
    """Return the number a form gives for a rule; -1, which no rule allows, for nonsense."""
    if not BOUNDS[rule].unit:
        return 0
    if BOUNDS[rule].unit == "clock":
        hours, _, minutes = text.partition(":")
        text = f"{int(hours) * 60 + int(minutes[:2])}" if _is_clock(hours, minutes) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


def _is_clock(hours: str, minutes: str) -> bool:
    return all(part.isascii() and part.isdigit() and len(part) < 3 for part in (hours, minutes[:2]))
