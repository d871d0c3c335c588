"""The audit log for administrators."""

import datetime as dt
import json
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.admin import queries
from server.admin.queries import AuditFilter
from server.identity.queries import list_users
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.settings import current_settings
from server.web.components import Choice, Pages, read_page
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.navigation import Entry
from server.web.periods import PRESETS, PeriodChoice, read_period
from shared.i18n import N_
from shared.time import add_months
from shared.vocabulary import Role

blueprint = Blueprint("admin_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="admin_pages.audit_log",
        label=N_("Audit log"),
        icon="history",
        position=95,
        roles=frozenset({Role.ADMIN}),
    ),
)
PAGE_SIZE = 50


@blueprint.get("/audit")
@signed_in(Role.ADMIN)
def audit_log() -> ResponseReturnValue:
    """List who changed what."""
    chosen, where, choices = _read()
    found = queries.list_entries(
        access=current_access(),
        where=where,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
    )
    return render_template(
        "admin/audit.html",
        chosen=chosen,
        presets=PRESETS,
        choices=choices,
        entries=found.rows,
        pages=Pages.of(found),
        zone=current_settings().time_zone,
    )


@blueprint.get(f"/audit.{ROUTE}")
@signed_in(Role.ADMIN)
def export(kind: str) -> ResponseReturnValue:
    """Download the log, as filtered."""
    chosen, where, _ = _read()
    header = [
        gettext("Time (UTC)"),
        gettext("Person"),
        gettext("Action"),
        gettext("Subject"),
        gettext("Details"),
    ]
    rows = (
        [
            entry.at.isoformat(),
            entry.user_name,
            entry.action,
            entry.subject,
            json.dumps(entry.details, ensure_ascii=False),
        ]
        for entry in queries.each_entry(access=current_access(), where=where)
    )
    name = f"tapak-audit-{chosen.period.start}-{chosen.last_day}"
    return download(name, header, rows, kind=kind)


def _read() -> tuple[PeriodChoice, AuditFilter, list[Choice]]:
    access, settings = current_access(), current_settings()
    today = business_today()
    chosen = read_period(request.args, today=today, first_day=add_months(today, -120))
    zone = ZoneInfo(settings.time_zone)
    start, end = (
        dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
        for day in (chosen.period.start, chosen.period.end)
    )
    actions = queries.list_actions(access=access)
    action = request.args.get("action", "")
    choices = [
        choice(
            "action",
            gettext("Action"),
            {each: each for each in actions},
            arguments=request.args,
            everything=gettext("All actions"),
        ),
        choice(
            "person",
            gettext("Person"),
            {user.id: user.name for user in list_users(access=access)},
            arguments=request.args,
            everything=gettext("Everybody"),
        ),
    ]
    where = AuditFilter(
        since=start,
        until=end,
        action=action if action in actions else "",
        user_id=read_id(request.args, "person") or None,
    )
    return chosen, where, choices
