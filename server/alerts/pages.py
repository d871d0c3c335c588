"""Alerts: the list with its bell, and which rules speak to whom."""

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from server.alerts import queries
from server.alerts.jobs import deliver
from server.alerts.models import AlertRule, Channel
from server.alerts.operations import alerts, deliveries
from server.alerts.operations.deliveries import Destinations, Parcel
from server.alerts.queries import OwnDestinations
from server.alerts.schemas import (
    CHANNELS,
    RULES,
    UNITS,
    address_of,
    clock_of,
    sentence_of,
    threshold_of,
)
from server.platform.auth import current_access, find_access, signed_in
from server.platform.errors import InvalidInputError
from server.platform.mail import can_send_mail
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.platform.versioned import ChangedMeanwhileError
from server.platform.webhooks import LONGEST_URL
from server.web.components import Pages, read_page, sortable_columns
from server.web.contributions import Contributor
from server.web.downloads import ROUTE, download
from server.web.filters import choice
from server.web.forms import carry_out, expect_stamp, stamp
from server.web.languages import current_language
from server.web.links import local_path
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("alerts_pages", __name__, template_folder="templates")

READERS = (Role.MANAGER, Role.ADMIN)
NAVIGATION = (
    Entry(
        endpoint="alerts_pages.index",
        label=N_("Alerts"),
        icon="bell-outline",
        position=19,
        key="b",
        roles=frozenset(READERS),
    ),
)
PAGE_SIZE = 50
_STATES = ("open", "done", "all")


@blueprint.get("/alerts")
@signed_in(*READERS)
def index() -> ResponseReturnValue:
    """List the alerts that wait, or those that are done with."""
    state, rule = _wanted()
    found = queries.list_alerts(
        access=current_access(),
        state=state,
        rule=rule,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=request.args.get("sort", ""),
    )
    choices = [
        choice(
            "state",
            gettext("State"),
            {
                "open": gettext("Waiting"),
                "done": gettext("Acknowledged or over"),
                "all": gettext("All"),
            },
            arguments=request.args,
        ),
        choice(
            "rule",
            gettext("Rule"),
            {str(rule): gettext(words.name) for rule, words in RULES.items()},
            arguments=request.args,
            everything=gettext("All rules"),
        ),
    ]
    return render_template(
        "alerts/index.html",
        alerts=found.rows,
        pages=Pages.of(found),
        sort=request.args.get("sort", ""),
        columns=sortable_columns(
            {
                "rule": gettext("Alert"),
                "rep_name": gettext("Rep"),
                "SO": gettext("What is so"),
                "raised_at": gettext("Since"),
            },
        ),
        choices=choices,
        rules=RULES,
        sentence=sentence_of,
        address=address_of,
        zone=current_settings().time_zone,
        now=utc_now(),
    )


@blueprint.get(f"/alerts.{ROUTE}")
@signed_in(*READERS)
def export(kind: str) -> Response:
    """Return the whole filtered list as a file."""
    header = [
        gettext("Alert"),
        gettext("Rep"),
        gettext("Day"),
        gettext("What is so"),
        gettext("Since"),
        gettext("Over since"),
        gettext("Acknowledged"),
        gettext("Acknowledged by"),
    ]
    (state, rule), now = _wanted(), utc_now()
    zone = ZoneInfo(current_settings().time_zone)
    rows = (
        [
            gettext(RULES[row.rule].name),
            row.rep_name,
            row.day,
            sentence_of(row, now),
            *(
                at and at.astimezone(zone).replace(microsecond=0)
                for at in (row.raised_at, row.cleared_at, row.acknowledged_at)
            ),
            row.acknowledged_name,
        ]
        for row in queries.each_alert(access=current_access(), state=state, rule=rule)
    )
    return download("alerts", header, rows, kind=kind)


def _wanted() -> tuple[str, AlertRule | None]:
    """Return the state and the rule that the address asks for."""
    state, rule = request.args.get("state", "open"), request.args.get("rule", "")
    return (
        state if state in _STATES else "open",
        AlertRule(rule) if rule in set(AlertRule) else None,
    )


@blueprint.post("/alerts/<uuid:alert_id>/acknowledge")
@signed_in(*READERS)
def acknowledge(alert_id: UUID) -> ResponseReturnValue:
    """Note that the reader takes care of it, or take that back."""
    access = current_access()
    back = local_path(request.form.get("next") or url_for(".index"))

    def acknowledged() -> Notice:
        alerts.acknowledge(access=access, alert_id=str(alert_id), at=utc_now())
        return Notice(
            text=gettext("Acknowledged: others see that you take care of it."),
            undo_url=url_for(".acknowledge", alert_id=alert_id),
            fields={"acknowledged": "", "next": back},
        )

    def given_up() -> Notice:
        alerts.give_up(access=access, alert_id=str(alert_id))
        return Notice(text=gettext("It waits for somebody again."))

    is_taken_on = request.form.get("acknowledged", "yes") == "yes"
    carry_out(acknowledged if is_taken_on else given_up)
    return redirect(back)


@blueprint.get("/alerts/rules")
@signed_in(*READERS)
def rules() -> ResponseReturnValue:
    """Show which rules there are, and which of them speak to the reader."""
    own = queries.own_destinations(access=current_access())
    return _rules_page(_present(), own)


@blueprint.post("/alerts/rules")
@signed_in(*READERS)
def choose() -> ResponseReturnValue:
    """Keep the reader's choice; an administrator's also for the whole company."""
    access = current_access()
    given = {
        rule: {
            "on": request.form.get(f"on-{rule}", ""),
            "seen": request.form.get(f"seen-{rule}", ""),
            "threshold": request.form.get(f"threshold-{rule}", "").strip()[:8],
            "base": request.form.get(f"base-{rule}", ""),
            **{channel: request.form.get(f"{channel}-{rule}", "") for channel in Channel},
        }
        for rule in AlertRule
    }
    wanted = _destinations()
    before = _sent(_present(), queries.own_destinations(access=access))
    try:
        with transaction():
            expect_stamp(_own())
            if access.role is Role.ADMIN:
                alerts.set_rules(
                    rules={
                        rule: (bool(row["on"]), threshold_of(rule, row["threshold"]))
                        for rule, row in given.items()
                    },
                    bases={rule: row["base"] for rule, row in given.items()},
                    at=utc_now(),
                    by=access.user_id,
                )
            alerts.choose_rules(
                user_id=access.user_id, wanted=[rule for rule in AlertRule if given[rule]["seen"]]
            )
            deliveries.choose_destinations(
                user_id=access.user_id,
                wanted=wanted,
                may_be_private=current_settings().webhooks_private,
                undoes="undoes" in request.form,
            )
    except InvalidInputError as problem:
        return _rules_page(given, wanted, wrong=problem.errors), problem.status
    except ChangedMeanwhileError as problem:
        newer = _present()
        for rule, row in given.items():
            row["base"] = newer[rule]["base"]
        return _rules_page(given, wanted, problem=gettext(problem.title)), problem.status
    tell(_saved(request.form.get("test", ""), before))
    return redirect(url_for(".rules"))


def _saved(test: str, before: dict[str, str]) -> Notice:
    """Send a test message where that was asked for; return what came of it.

    :param before: what the form held, so that it can be sent again
    """
    saved = gettext("The rules are saved.")
    if test not in set(Channel):
        now = _sent(_present(), queries.own_destinations(access=current_access()))
        bases = {name: value for name, value in now.items() if name.startswith("base")}
        is_other = before | bases != now
        undo_url = url_for(".choose") if is_other else ""
        fields = before | bases | {"undoes": "yes"} if is_other else {}
        return Notice(text=saved, undo_url=undo_url, fields=fields)
    channel, own = Channel(test), queries.own_destinations(access=current_access())
    address = own.email if channel is Channel.EMAIL else own.webhook_url
    error = deliver(
        Parcel(
            delivery_ids=(new_id(),),
            channel=channel,
            address=address,
            secret=own.webhook_secret,
            language=current_language(),
            alerts=(),
        )
    )
    if error:
        failed = gettext("The test message did not get there:")
        return Notice(text=f"{saved} {failed} {error}", tone="warn")
    told = gettext(
        "A test message has gone to %(address)s. Look whether it is there.", address=address
    )
    return Notice(text=f"{saved} {told}")


def _sent(rows: dict[AlertRule, dict[str, str]], destinations: OwnDestinations) -> dict[str, str]:
    """Return what a browser sends of a form that says this."""
    fields = {f"{name}-{rule}": value for rule, row in rows.items() for name, value in row.items()}
    fields |= {"email": destinations.email, "webhook_url": destinations.webhook_url}
    fields["base"] = stamp(_own())
    return {name: value for name, value in fields.items() if value}


def _own() -> tuple[object, ...]:
    """Return what the reader has chosen for themselves, in one order."""
    access = current_access()
    own = queries.own_destinations(access=access)
    muted = sorted(queries.muted_rules(access=access))
    return own.email, own.webhook_url, sorted(own.routes), muted


def _destinations() -> Destinations:
    return Destinations(
        email=request.form.get("email", "").strip(),
        webhook_url=request.form.get("webhook_url", "").strip(),
        routes=frozenset(
            (rule, channel)
            for rule in AlertRule
            for channel in Channel
            if request.form.get(f"{channel}-{rule}")
        ),
    )


def _present() -> dict[AlertRule, dict[str, str]]:
    muted = queries.muted_rules(access=current_access())
    routes = queries.own_destinations(access=current_access()).routes
    return {
        rule: {
            "on": "yes" if setting.enabled else "",
            "seen": "" if rule in muted else "yes",
            "threshold": clock_of(setting.threshold)
            if alerts.BOUNDS[rule].unit == "clock"
            else str(setting.threshold),
            "base": str(setting.version),
            **{channel: "yes" if (rule, channel) in routes else "" for channel in Channel},
        }
        for rule, setting in alerts.present_settings().items()
    }


def _rules_page(
    given: dict[AlertRule, dict[str, str]],
    destinations: Destinations | OwnDestinations,
    *,
    wrong: dict[str, list[str]] | None = None,
    problem: str = "",
) -> str:
    return render_template(
        "alerts/rules.html",
        given=given,
        rules=RULES,
        bounds=alerts.BOUNDS,
        units=UNITS,
        limits={
            rule: (clock_of(each.least), clock_of(each.most))
            if each.unit == "clock"
            else (each.least, each.most)
            for rule, each in alerts.BOUNDS.items()
        },
        wrong=wrong or {},
        destinations=destinations,
        base=stamp(_own()),
        own=queries.own_destinations(access=current_access()),
        channels=CHANNELS,
        can_mail=can_send_mail(current_settings()),
        longest=(deliveries.LONGEST_EMAIL, LONGEST_URL),
        problem=problem,
        may_set=current_access().role is Role.ADMIN,
    )


def _bell() -> str | None:
    """Show in the head of every page how many alerts wait for the reader."""
    access = find_access()
    if access is None or access.role not in READERS:
        return None
    count = queries.count_open(access=access)
    label = ngettext("%(num)s alert waits", "%(num)s alerts wait", count)
    return render_template("alerts/bell.html", count=count, label=label)


CONTRIBUTIONS: dict[str, Contributor] = {"bell": _bell}
