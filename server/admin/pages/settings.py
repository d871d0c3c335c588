"""The company's settings: those to change here, and those that the server was started with."""

import datetime as dt
import json
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from server.admin.schemas import ALWAYS, TODAY, SettingsSchema, problems_of
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.organisation import change_organisation, organisation
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.platform.versioned import ChangedMeanwhileError
from server.web import formats
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import Role
from shared.working import Steps, VisitWeeks, Weekdays, WorkRules

blueprint = Blueprint("settings_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="settings_pages.index",
        label=N_("Settings"),
        icon="cog-outline",
        position=93,
        roles=frozenset({Role.ADMIN}),
    ),
)
_FIELDS = (
    "name",
    "language",
    "geofence_radius_m",
    "track_retention_days",
    "day_starts",
    "day_ends",
    "visits_a",
    "visits_b",
    "visits_c",
    "idle_minutes",
)
A_DAY = dt.timedelta(days=1)
_SINCE = ("week_since", "visits_since")
_SINCES = {
    TODAY: N_("from today on"),
    ALWAYS: N_("for all days, past ones too"),
}
_LANGUAGES = {"": N_("as the browser asks"), "id": "Bahasa Indonesia", "en": "English"}


@blueprint.get("/settings")
@signed_in(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show what is set."""
    return _form(_present())


@blueprint.post("/settings")
@signed_in(Role.ADMIN)
def save() -> ResponseReturnValue:
    """Keep what the form says, or show it again with what is wrong."""
    given = {name: request.form.get(name, "").strip() for name in _FIELDS}
    given |= {name: request.form.get(name, TODAY) for name in _SINCE}
    given["weekdays"] = "".join(sorted(set(request.form.getlist("weekdays"))))
    if text := request.form.get("work_rules"):
        given["work_rules"] = text
    try:
        fields = _with_rules(SettingsSchema().load(given), today=business_today())
        before, undone = _present(), json.dumps(organisation().work_rules.to_wire())
        with transaction():
            changed = change_organisation(
                fields=fields,
                at=utc_now(),
                by=current_access().user_id,
                base=request.form.get("base", ""),
            )
    except ValidationError as error:
        return _form(given, errors=problems_of(error)), 422
    except ChangedMeanwhileError as problem:
        present = _present()
        theirs = {name: present[name] for name in _FIELDS if present[name] != given[name]}
        if present["weekdays"] != given["weekdays"]:
            theirs["weekdays"] = _names(frozenset(map(int, present["weekdays"])))
        return _form(given, theirs=theirs), problem.status
    if changed:
        tell(
            Notice(
                text=gettext("The settings are saved."),
                undo_url=url_for(".save"),
                fields=before | {"base": str(organisation().version), "work_rules": undone},
            )
        )
    else:
        tell(Notice(text=gettext("Nothing was changed.")))
    return redirect(url_for(".index"))


def _present() -> dict[str, str]:
    known, today = organisation(), business_today()
    said = {name: str(getattr(known, name)) for name in _FIELDS if hasattr(known, name)}
    weekdays, visits = known.work_rules.week.on(today), known.work_rules.visits.on(today)
    said["idle_minutes"] = str(known.work_rules.idle_minutes.on(today + A_DAY))
    said |= {f"visits_{letter}": str(weeks) for letter, weeks in visits._asdict().items()}
    return said | {"weekdays": "".join(map(str, sorted(weekdays)))} | dict.fromkeys(_SINCE, TODAY)


def _with_rules(fields: dict[str, Any], *, today: dt.date) -> dict[str, Any]:
    """Return the fields of the organisation; those of the work rules become what is written."""
    weekdays, visits = fields.pop("weekdays"), [fields.pop(f"visits_{each}") for each in "abc"]
    since = [today if fields.pop(name) == TODAY else None for name in _SINCE]
    # Days that have begun were counted by what was so.
    idle, known = fields.pop("idle_minutes"), organisation().work_rules
    if text := fields.pop("work_rules", ""):
        rules = WorkRules.from_wire(json.loads(text))
    else:
        rules = WorkRules(
            week=known.week.changed(frozenset(map(int, weekdays)), since=since[0]),
            visits=known.visits.changed(VisitWeeks(*visits), since=since[1]),
            idle_minutes=known.idle_minutes.changed(idle, since=today + A_DAY),
        )
    before = known.to_wire()
    return fields | {
        name: value for name, value in rules.to_wire().items() if value != before[name]
    }


def _names(weekdays: Weekdays) -> str:
    return formats.weekdays_of(weekdays, language=current_language())


def _until(steps: Steps[Any], today: dt.date) -> list[tuple[dt.date, Any]]:
    """Return what counted earlier, each with the last day it did, the latest first."""
    begun = [since for since, _ in steps.later if since <= today]
    values = [steps.first, *(value for since, value in steps.later if since <= today)]
    ends = [since - A_DAY for since in begun]
    return list(zip(ends, values, strict=False))[::-1]


def _form(
    given: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    theirs: dict[str, str] | None = None,
) -> str:
    settings, today = current_settings(), business_today()
    rules = organisation().work_rules
    return render_template(
        "admin/settings.html",
        given=given,
        languages_=_LANGUAGES,
        sinces=_SINCES,
        weekday_names=formats.weekdays(language=current_language()),
        earlier_weeks=[(day, _names(each)) for day, each in _until(rules.week, today)],
        earlier_visits=_until(rules.visits, today),
        base=organisation().version,
        errors=errors or {},
        theirs=theirs,
        settings=settings,
    )
