"""The audit log for administrators."""

import json
from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.admin import queries
from server.admin.pages.audit_details import lines, subject_name
from server.admin.queries import AuditFilter, Subject
from server.identity.queries import list_users
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.settings import current_settings
from server.web.components import Choice, Pages, read_page
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.links import page_of
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
ACTIONS = {
    "alert_rule.set": N_("Alert rule changed"),
    "check_ins.rejudged": N_("Past check-ins judged again"),
    "check_ins.rejudgement_undone": N_("Judging again taken back"),
    "cost.correct": N_("Cost corrected"),
    "cost.delete": N_("Cost deleted"),
    "cost.enter": N_("Cost entered"),
    "cost.restore": N_("Cost brought back"),
    "customer.changed": N_("Customer changed"),
    "customer.closed": N_("Customer closed"),
    "customer.entered": N_("Customer entered"),
    "customer.entering_undone": N_("Entering of a customer taken back"),
    "customer.given": N_("Customer given to a rep"),
    "customer.reopened": N_("Closed customer opened again"),
    "customers.merge_undone": N_("Merge taken back"),
    "customers.merged": N_("Customers merged"),
    "deal.changed": N_("Deal corrected"),
    "deal.created": N_("Deal entered"),
    "deal.lead_source_renamed": N_("Lead source renamed"),
    "deal.lead_sources": N_("Lead sources set"),
    "deal.lost_reason_renamed": N_("Lost reason renamed"),
    "deal.lost_reasons": N_("Lost reasons set"),
    "deal.move_undone": N_("Move of a deal undone"),
    "deal.restored": N_("Deal restored"),
    "deal.typed": N_("Kind of sale set by hand"),
    "deal.voided": N_("Deal voided"),
    "demo.filled": N_("Demo company filled"),
    "device.code_created": N_("Code for a phone made"),
    "device.enrolled": N_("Phone enrolled"),
    "device.restored": N_("Access of a phone given back"),
    "device.revoked": N_("Access of a phone ended"),
    "device.wipe_asked": N_("Wipe of a phone asked for"),
    "device.wipe_called_off": N_("Wipe of a phone called off"),
    "device.wiped": N_("Phone wiped"),
    "expense.decided": N_("Expense decided"),
    "expense.reopened": N_("Decision on an expense taken back"),
    "fence_override.issued": N_("Check-in code issued"),
    "fence_policy.set": N_("Fence policy changed"),
    "field.added": N_("Custom field added"),
    "field.archived": N_("Custom field archived"),
    "field.changed": N_("Custom field changed"),
    "field.moved": N_("Custom field moved"),
    "field.restored": N_("Custom field brought back"),
    "form.question_added": N_("Question added"),
    "form.question_changed": N_("Question changed"),
    "form.question_moved": N_("Question moved"),
    "form.question_restored": N_("Question brought back"),
    "form.question_retired": N_("Question retired"),
    "holiday.added": N_("Holiday added"),
    "holiday.removed": N_("Holiday removed"),
    "import.asked": N_("Import asked for"),
    "import.finished": N_("Import finished"),
    "import.undo_asked": N_("Undo of an import asked for"),
    "import.undone": N_("Import taken back"),
    "kilometre_rate.set": N_("Rate per kilometre set"),
    "location.decided": N_("Proposed point decided"),
    "location.reopened": N_("Decision on a point taken back"),
    "metric.archived": N_("Own KPI archived"),
    "metric.changed": N_("Own KPI changed"),
    "metric.created": N_("Own KPI made"),
    "metric.restored": N_("Own KPI brought back"),
    "plan.published": N_("Plan published"),
    "plan.rules_forgotten": N_("Planning rules set back"),
    "plan.rules_kept": N_("Planning rules kept"),
    "product.archived": N_("Product archived"),
    "product.changed": N_("Product changed"),
    "product.created": N_("Product added"),
    "product.restored": N_("Product brought back"),
    "ramp.set": N_("Ramp of targets set"),
    "rate.convert_again": N_("Amounts converted again"),
    "rate.convert_period": N_("Amounts of a period converted again"),
    "rate.correct": N_("Exchange rate corrected"),
    "rate.delete": N_("Exchange rate deleted"),
    "rate.enter": N_("Exchange rate entered"),
    "rate.restore": N_("Exchange rate brought back"),
    "rate.undo_conversion": N_("Conversion taken back"),
    "settings.changed": N_("Settings changed"),
    "signal.asked": N_("Rep asked about a signal"),
    "signal.decided": N_("Signal decided"),
    "signal.reopened": N_("Decision on a signal taken back"),
    "stage.changed": N_("Stage changed"),
    "stage.probability_set": N_("Chance of a stage set"),
    "target.set": N_("Target set"),
    "sync.replayed": N_("Refused change applied again"),
    "task.assigned": N_("Task given"),
    "task.changed": N_("Task changed"),
    "team.archived": N_("Team archived"),
    "team.changed": N_("Team changed"),
    "team.created": N_("Team made"),
    "team.restored": N_("Team brought back"),
    "tracks.deleted": N_("Old routes deleted"),
    "user.changed": N_("Person changed"),
    "user.created": N_("Person added"),
    "user.deactivated": N_("Person deactivated"),
    "user.invited": N_("Person invited"),
    "user.password_changed": N_("Own password changed"),
    "user.password_set": N_("Password set"),
    "user.sessions_ended": N_("Own sessions elsewhere ended"),
    "user.reactivated": N_("Person let in again"),
    "working_time.set": N_("Working time set"),
}
"""What was done, in words. One that is not here is shown as its code."""


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
    zone = current_settings().time_zone
    subjects = queries.list_subjects(access=current_access(), entries=found.rows)
    return render_template(
        "admin/audit.html",
        chosen=chosen,
        presets=PRESETS,
        choices=choices,
        entries=found.rows,
        subjects={entry.subject: (subject_name(entry.subject), "") for entry in found.rows}
        | _pages_of(subjects),
        details=[lines(entry, subjects=subjects, time_zone=zone) for entry in found.rows],
        words=ACTIONS,
        pages=Pages.of(found),
        zone=zone,
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
        gettext("Code"),
        gettext("Subject"),
        gettext("Details"),
        gettext("Id"),
        gettext("As recorded"),
    ]
    zone = current_settings().time_zone
    rows = (
        [
            entry.at.isoformat(),
            entry.user_name or gettext("the system"),
            gettext(ACTIONS.get(entry.action, entry.action)),
            entry.action,
            subjects[entry.subject].name
            if entry.subject in subjects
            else subject_name(entry.subject),
            "; ".join(map(str, lines(entry, subjects=subjects, time_zone=zone))),
            entry.subject,
            json.dumps(entry.details, ensure_ascii=False),
        ]
        for piece, subjects in queries.each_piece(access=current_access(), where=where)
        for entry in piece
    )
    name = f"tapak-audit-{chosen.period.start}-{chosen.last_day}"
    return download(name, header, rows, kind=kind)


def _pages_of(subjects: Mapping[str, Subject]) -> dict[str, tuple[str, str]]:
    """Return name and address of what entries are about, by id; the address may be empty."""
    return {
        subject_id: (subject.name, page_of(subject.kind, subject_id))
        for subject_id, subject in subjects.items()
    }


def _read() -> tuple[PeriodChoice, AuditFilter, list[Choice]]:
    access, settings = current_access(), current_settings()
    today = business_today()
    chosen = read_period(request.args, today=today, first_day=add_months(today, -120))
    start, end = chosen.period.instants(settings.time_zone)
    actions = queries.list_actions(access=access)
    action = request.args.get("action", "")
    choices = [
        choice(
            "action",
            gettext("Action"),
            {each: gettext(ACTIONS.get(each, each)) for each in actions},
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
