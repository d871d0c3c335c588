"""Planning rules in addresses and forms, kept for a rep or a team and set back again."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from server.planning import queries
from server.planning.jobs import QueueSilentError, ask_to_plan
from server.planning.operations.rules import (
    KeptRules,
    Rules,
    keep_for_rep,
    keep_for_team,
    rules_of_rep,
    rules_of_team,
)
from server.planning.pages.address import PLANNERS, read_week
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.web.filters import read_id
from server.web.forms import carry_out
from server.web.notices import Notice, tell
from shared.time import Period, utc_now

blueprint = Blueprint("planning_rules_pages", __name__, template_folder="../templates")

MOST_WEEKS, MOST_STOPS = 52, 100


def read_rules(given: MultiDict[str, str], usual: Rules) -> Rules:
    """Return the rules that an address or a form names; what makes no sense is as usual."""
    days = {int(day) for days in given.getlist("weekday") for day in days if day in "1234567"}
    return Rules(
        weeks_between={
            kind: _number(given.get(f"every-{kind}", ""), MOST_WEEKS) or weeks
            for kind, weeks in usual.weeks_between.items()
        },
        working_days=frozenset(days) or usual.working_days,
        most_stops=_number(given.get("most", ""), MOST_STOPS) or usual.most_stops,
    )


def fields_of(rules: Rules) -> dict[str, str]:
    """Return the fields that `read_rules` reads the same rules from."""
    return {
        **{f"every-{kind}": str(weeks) for kind, weeks in rules.weeks_between.items()},
        "most": str(rules.most_stops),
        "weekday": "".join(str(day) for day in sorted(rules.working_days)),
    }


@blueprint.post("/plans/<uuid:rep_id>/<day>/rules")
@signed_in(*PLANNERS)
def keep_of_rep(rep_id: UUID, day: str) -> ResponseReturnValue:
    """Set the rules of a rep back to the team's or the company's; or to those sent, as an undo."""
    access, today = current_access(), business_today()
    week = read_week(day, today)
    rep = queries.find_rep(access=access, rep_id=str(rep_id), today=today)

    def change() -> Notice:
        kept = rules_of_rep(access=access, rep=rep, week=week, today=today)
        rules = _wanted(kept)
        keep_for_rep(access=access, rep=rep, rules=rules, week=week, today=today, at=utc_now())
        return _told(rep.name, kept)

    return _changed(change, rep_id=rep.id, week=week)


@blueprint.post("/plans/teams/<uuid:team_id>/<day>/rules")
@signed_in(*PLANNERS)
def keep_of_team(team_id: UUID, day: str) -> ResponseReturnValue:
    """Set the rules of a team back to the company's; or to those sent, as an undo."""
    access = current_access()
    week = read_week(day, business_today())

    def change() -> Notice:
        kept = rules_of_team(access=access, team_id=str(team_id), week=week)
        rules = _wanted(kept)
        keep_for_team(access=access, team_id=str(team_id), rules=rules, week=week, at=utc_now())
        return _told(gettext("the team"), kept)

    return _changed(change, rep_id=read_id(request.form, "rep"), week=week)


@blueprint.post("/plans/teams")
@signed_in(*PLANNERS)
def plan_team() -> ResponseReturnValue:
    """Have the week of a whole team planned; the page that follows tells how far that is."""
    access, today, form = current_access(), business_today(), request.form
    week = read_week(form.get("week", ""), today)
    team_id = read_id(form, "team")
    with transaction():
        rules = _rules_for(team_id, week)
        keep_for_team(access=access, team_id=team_id, rules=rules, week=week, at=utc_now())
    try:
        job_id = ask_to_plan(
            access=access,
            team_id=team_id,
            day=week.start,
            rules=rules,
            redis_url=current_settings().redis_url,
        )
    except QueueSilentError as problem:
        job_id = ""
        tell(Notice(text=gettext(problem.title), tone="warn"))
    rep_id = read_id(form, "rep") or None
    here = url_for("planning_pages.index", rep=rep_id, week=week.start, job=job_id or None)
    return redirect(here)


def _rules_for(team_id: str, week: Period) -> Rules:
    """Return the rules that the form of a team names.

    Its fields show those of one team. Another chosen, and nothing else, is planned by its own.
    """
    access = current_access()
    kept = rules_of_team(access=access, team_id=team_id, week=week)
    shown_of = read_id(request.form, "shown")
    if shown_of and shown_of != team_id:
        shown = rules_of_team(access=access, team_id=shown_of, week=week).rules
        if read_rules(request.form, shown) == shown:
            return kept.rules
    return read_rules(request.form, kept.rules)


def _wanted(kept: KeptRules) -> Rules:
    """Return the rules sent; with none, those that are inherited."""
    return read_rules(request.form, kept.inherited)


def _told(name: str, before: KeptRules) -> Notice:
    back = {"rep": request.form.get("rep", "")} | fields_of(before.rules)
    return Notice(
        text=gettext("The planning rules of %(name)s were changed.", name=name),
        undo_url=request.path,
        fields=back,
    )


def _changed(change: Callable[[], Notice], *, rep_id: str, week: Period) -> ResponseReturnValue:
    carry_out(change)
    return redirect(url_for("planning_pages.index", rep=rep_id or None, week=week.start))


def _number(text: str, most: int) -> int | None:
    """Return a whole number from 1 to `most`, or None."""
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        return None
    return int(text) if 1 <= int(text) <= most else None
