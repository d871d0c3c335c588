"""The page of a rep's week: a grid beside what was visited, changed by drag or by form."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.planning import queries
from server.planning.operations import weeks
from server.planning.operations.propose import Arrangement
from server.planning.operations.rules import keep_for_rep, rules_of_rep
from server.planning.pages.address import A_WEEK, PLANNERS, day_name, read_week
from server.planning.pages.day_map import STATES, state_of
from server.planning.pages.rules import read_rules
from server.planning.pages.view import proposed, render, unpublished
from server.planning.queries import WeekPlan
from server.platform.access import Access
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import InvalidInputError, NotFoundError, ProblemError
from server.platform.transaction import transaction
from server.teams.queries import list_reps
from server.web import formats
from server.web.downloads import ROUTE, download
from server.web.filters import read_id
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from server.web.typed import UnknownDayError, typed_day
from shared.i18n import N_
from shared.time import Period, utc_now

blueprint = Blueprint("planning_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="planning_pages.index",
        label=N_("Plans"),
        icon="calendar-month-outline",
        position=24,
        key="w",
        features=("planning_pages", "planning_rules_pages", "planning_sheet_pages"),
    ),
)


@blueprint.get("/plans")
@signed_in()
def index() -> ResponseReturnValue:
    """Show a rep's week; with `propose`, what it might be."""
    access, today = current_access(), business_today()
    reps = list_reps(access=access, day=today)
    wanted = read_id(request.args, "rep")
    if wanted and wanted not in {rep.id for rep in reps}:
        raise NotFoundError
    if not reps:
        return render_template("plans/nobody.html")
    week = read_week(request.args.get("week", ""), today)
    plan = queries.get_week(access=access, rep_id=wanted or reps[0].id, week=week, today=today)
    shown = None
    if "propose" in request.args and access.role in PLANNERS:
        shown = proposed(access, plan, today, request.args)
    return render(access, plan, shown, given=request.args, today=today)


@blueprint.get(f"/plans.{ROUTE}")
@signed_in()
def export(kind: str) -> Response:
    """Return a rep's week as a file, stop by stop."""
    access, today = current_access(), business_today()
    week = read_week(request.args.get("week", ""), today)
    plan = queries.get_week(
        access=access, rep_id=read_id(request.args, "rep"), week=week, today=today
    )
    header = [
        gettext("Day"),
        gettext("Place in the order"),
        gettext("Customer code"),
        gettext("Customer"),
        gettext("Class"),
        gettext("State"),
    ]
    rows = (
        [
            day.day,
            number,
            stop.outlet.code,
            stop.outlet.name,
            stop.outlet.customer_class,
            gettext(STATES[state_of(stop, day)]),
        ]
        for day in plan.days
        for number, stop in enumerate(day.stops, start=1)
    )
    return download(f"tapak-plan-{week.start}", header, rows, kind=kind)


@blueprint.post("/plans/<uuid:rep_id>/<day>")
@signed_in(*PLANNERS)
def change(rep_id: UUID, day: str) -> ResponseReturnValue:
    """Change the week as one of its forms says; show what is wrong otherwise."""
    access, today, at = current_access(), business_today(), utc_now()
    week = read_week(day, today)
    base = request.form.get("base", "")
    try:
        with transaction():
            plan = weeks.open_week(access=access, rep_id=str(rep_id), week=week, today=today)
            weeks.change_week(
                plan=plan,
                base=base,
                rearranged=lambda plan: _rearranged(access, plan, today),
                at=at,
                by=access.user_id,
            )
            if request.form.get("action") == "publish":
                _keep_rules(access, plan, today, at)
            after = queries.get_week(access=access, rep_id=str(rep_id), week=week, today=today)
    except NotFoundError:
        raise
    except ProblemError as problem:
        plan = queries.get_week(access=access, rep_id=str(rep_id), week=week, today=today)
        shown = unpublished(access, plan, problem)
        page = render(access, plan, shown, given=request.form, today=today, problem=problem)
        return page, problem.status
    tell(_notice(plan, after))
    return redirect(url_for(".index", rep=str(rep_id), week=week.start.isoformat()))


def _keep_rules(access: Access, plan: WeekPlan, today: dt.date, at: dt.datetime) -> None:
    """Plan the rep by the rules of a published proposal from now on."""
    kept = rules_of_rep(access=access, rep=plan.rep, week=plan.week, today=today)
    rules = read_rules(request.form, kept.rules)
    keep_for_rep(access=access, rep=plan.rep, rules=rules, week=plan.week, today=today, at=at)


def _notice(before: WeekPlan, after: WeekPlan) -> Notice:
    """Return what is told of a change; its undo brings back the week as it was."""
    if after.version == before.version:
        return Notice(text=gettext("The plan stands like this already; nothing was changed."))
    done, then = _done(before, after), gettext("The phone shows it after its next sync.")
    return Notice(
        text=f"{done} {then}",
        undo_url=request.path,
        fields={"action": "undo", "base": after.version},
    )


def _done(before: WeekPlan, after: WeekPlan) -> str:
    form = request.form
    names = {stop.id: stop.outlet.name for stop in before.stops}
    names |= {stop.outlet.id: stop.outlet.name for stop in after.stops}
    match form.get("action"):
        case "move":
            day = day_name(_day(form))
            return gettext("%(name)s moved to %(day)s.", name=names[form["stop"]], day=day)
        case "remove":
            return gettext("%(name)s taken out of the plan.", name=names[form["stop"]])
        case "add":
            name = names[read_id(form, "customer")]
            return gettext("%(name)s added on %(day)s.", name=name, day=day_name(_day(form)))
        case "copy":
            source = _source(before, form)
            week = formats.days(source.start, source.end, language=current_language())
            return gettext("The stops of %(week)s were copied.", week=week)
        case "undo":
            return gettext("The plan stands as before the last change.")
    return gettext("Published.")


def _rearranged(access: Access, plan: WeekPlan, today: dt.date) -> Arrangement:
    form = request.form
    match form.get("action"):
        case "move":
            return weeks.move_stop(
                plan, stop_id=form.get("stop", ""), day=_day(form), position=_position(form)
            )
        case "remove":
            return weeks.remove_stop(plan, stop_id=form.get("stop", ""))
        case "add":
            return weeks.add_stop(plan, customer_id=read_id(form, "customer"), day=_day(form))
        case "copy":
            source = queries.get_week(
                access=access, rep_id=plan.rep.id, week=_source(plan, form), today=today
            )
            known = queries.outlets_of_rep(access=access, rep_id=plan.rep.id)
            return weeks.copy_week(plan, source=source, known=[outlet.id for outlet in known])
        case "undo":
            return weeks.before_last_publish(plan=plan)
        case "publish":
            return {
                each.day: [read_id({"id": given}, "id") for given in form.getlist(str(each.day))]
                for each in plan.days
            }
    raise InvalidInputError({"action": [gettext("Choose what to do.")]})


def _day(form: Mapping[str, str]) -> dt.date:
    try:
        return dt.date.fromisoformat(form.get("day", ""))
    except ValueError:
        raise InvalidInputError(
            {"day": [N_("Choose today or a later day of this week.")]}
        ) from None


def _source(plan: WeekPlan, form: Mapping[str, str]) -> Period:
    """Return the week to copy from: the one of the day that is given, or else the one before."""
    try:
        day = typed_day("source") if form.get("source") else None
    except UnknownDayError:
        raise InvalidInputError(
            {"source": [N_("Choose a day of the week that is to be copied.")]}
        ) from None
    return Period.week(day or plan.week.start - A_WEEK)


def _position(form: Mapping[str, str]) -> int | None:
    """Return the place from 0; forms count from 1. None: at the end."""
    given = form.get("position", "")
    return max(0, int(given) - 1) if given.isascii() and given.isdigit() else None
