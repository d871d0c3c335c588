"""Pages of plans: a rep's week as a grid, beside what was visited, changed by drag or by form."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from babel.dates import format_skeleton
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from server.calendar.queries import get_calendar
from server.planning import queries
from server.planning.jobs import QueueSilentError, ask_to_plan, find_progress
from server.planning.operations import weeks
from server.planning.operations.propose import (
    Arrangement,
    Proposal,
    Rules,
    propose_from_records,
)
from server.planning.queries import Outlet, PlanDay, PlanStop, WeekPlan
from server.platform.access import Access
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import InvalidInputError, NotFoundError, ProblemError
from server.platform.organisation import organisation
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.teams.queries import list_reps, list_teams
from server.web import formats
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.formats import locale_of
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.time import Period, utc_now
from shared.vocabulary import CustomerClass, Role, StopState

blueprint = Blueprint("planning_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="planning_pages.index",
        label=N_("Plans"),
        icon="calendar-month-outline",
        position=24,
        key="w",
    ),
)
PLANNERS = (Role.MANAGER, Role.ADMIN)
CLASS_TONES = {CustomerClass.A: "accent", CustomerClass.B: "info", CustomerClass.C: "unknown"}
A_WEEK = dt.timedelta(days=7)
_MOST_WEEKS, _MOST_STOPS = 52, 100


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the grid shows instead of the plan: a proposal, or what could not be published."""

    days: tuple[tuple[dt.date, tuple[Outlet, ...]], ...]
    left_out: tuple[Outlet, ...] = ()


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
    week = _week(request.args.get("week", ""), today)
    plan = queries.get_week(access=access, rep_id=wanted or reps[0].id, week=week, today=today)
    proposal = None
    if "propose" in request.args and access.role in PLANNERS:
        proposal = _propose(access, plan, today)
    return _render(access, plan, proposal)


@blueprint.get(f"/plans.{ROUTE}")
@signed_in()
def export(kind: str) -> Response:
    """Return a rep's week as a file, stop by stop."""
    access, today = current_access(), business_today()
    week = _week(request.args.get("week", ""), today)
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
            _state(stop, day),
        ]
        for day in plan.days
        for number, stop in enumerate(day.stops, start=1)
    )
    return download(f"tapak-plan-{week.start}", header, rows, kind=kind)


def _state(stop: PlanStop, day: PlanDay) -> str:
    if stop.state is StopState.CANCELLED:
        return gettext("Cancelled")
    if stop.visit_id:
        return gettext("Visited")
    return gettext("Missed") if day.is_past else gettext("Planned")


@blueprint.post("/plans/teams")
@signed_in(*PLANNERS)
def plan_team() -> ResponseReturnValue:
    """Have the week of a whole team planned; the page that follows tells how far that is."""
    access, today, form = current_access(), business_today(), request.form
    week = _week(form.get("week", ""), today)
    try:
        job_id = ask_to_plan(
            access=access,
            team_id=read_id(form, "team"),
            day=week.start,
            rules=_rules(form, week),
            redis_url=current_settings().redis_url,
        )
    except QueueSilentError as problem:
        job_id = ""
        tell(Notice(text=gettext(problem.title), tone="warn"))
    rep_id = read_id(form, "rep") or None
    return redirect(url_for(".index", rep=rep_id, week=week.start.isoformat(), job=job_id or None))


@blueprint.post("/plans/<uuid:rep_id>/<day>")
@signed_in(*PLANNERS)
def change(rep_id: UUID, day: str) -> ResponseReturnValue:
    """Change the week as one of its forms says; show what is wrong otherwise."""
    access, today = current_access(), business_today()
    week = _week(day, today)
    base = request.form.get("base", "")
    try:
        with transaction():
            plan = weeks.open_week(access=access, rep_id=str(rep_id), week=week, today=today)
            weeks.change_week(
                plan=plan,
                base=base,
                rearranged=lambda plan: _rearranged(access, plan, today),
                at=utc_now(),
                by=access.user_id,
            )
    except NotFoundError:
        raise
    except ProblemError as problem:
        plan = queries.get_week(access=access, rep_id=str(rep_id), week=week, today=today)
        return _render(access, plan, _yours(access, plan, problem), problem), problem.status
    return redirect(url_for(".index", rep=str(rep_id), week=week.start.isoformat(), done=1))


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
            before = Period(plan.week.start - A_WEEK, plan.week.start)
            source = queries.get_week(access=access, rep_id=plan.rep.id, week=before, today=today)
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


def _propose(access: Access, plan: WeekPlan, today: dt.date) -> Shown:
    proposal: Proposal = propose_from_records(
        access=access, plan=plan, today=today, rules=_rules(request.args, plan.week)
    )
    outlets = queries.outlets_of_rep(access=access, rep_id=plan.rep.id)
    shown = _shown(plan, outlets, proposal.arrangement)
    return replace(shown, left_out=tuple(reversed(proposal.left_out)))


def _yours(access: Access, plan: WeekPlan, problem: ProblemError) -> Shown | None:
    """Return what somebody else's change kept from being published, to be published yet."""
    yours = problem.extra.get("yours") if isinstance(problem, weeks.PlanChangedError) else None
    if not yours:
        return None
    outlets = queries.outlets_of_rep(access=access, rep_id=plan.rep.id)
    arrangement = {dt.date.fromisoformat(day): given for day, given in yours.items()}
    return _shown(plan, outlets, arrangement)


def _shown(plan: WeekPlan, outlets: list[Outlet], arrangement: Arrangement) -> Shown:
    known = {stop.outlet.id: stop.outlet for stop in plan.stops}
    known |= {outlet.id: outlet for outlet in outlets}
    return Shown(
        days=tuple(
            (
                each.day,
                tuple(known[one] for one in arrangement.get(each.day, []) if one in known),
            )
            for each in plan.days
        )
    )


def _render(
    access: Access, plan: WeekPlan, shown: Shown | None, problem: ProblemError | None = None
) -> str:
    can_plan = access.role in PLANNERS
    calendar = get_calendar(access=access, period=plan.week)
    reps = {rep.id: rep.name for rep in list_reps(access=access, day=business_today())}
    working = organisation().work_rules.week
    visible = [
        day
        for day in plan.days
        if day.day.isoweekday() in working.on(day.day)
        or day.stops
        or day.unplanned
        or _holds(shown, day)
    ]
    return render_template(
        "plans/index.html",
        plan=plan,
        days=visible,
        shown=shown,
        shown_days=dict(shown.days) if shown else {},
        shown_ways=_ways(shown),
        problem=_words(problem) if problem else "",
        is_conflict=isinstance(problem, weeks.PlanChangedError),
        reps=choice("rep", gettext("Rep"), reps, arguments={"rep": plan.rep.id}),
        outlets=queries.outlets_of_rep(access=access, rep_id=plan.rep.id) if can_plan else [],
        can_plan=can_plan and any(not day.is_past for day in plan.days),
        can_undo=can_plan and _can_undo(plan),
        class_tones=CLASS_TONES,
        day_name=_day_name,
        before=(plan.week.start - A_WEEK).isoformat(),
        after=plan.week.end.isoformat(),
        is_done="done" in request.args and not shown and not problem,
        holidays={each.day: each.name for each in calendar.holidays},
        rules=_rules(request.args, plan.week),
        weekdays=formats.weekdays(language=current_language()),
        most_weeks=_MOST_WEEKS,
        most_stops=_MOST_STOPS,
        teams=[team for team in list_teams(access=access) if not team.archived] if can_plan else [],
        progress=find_progress(
            access=access,
            job_id=read_id(request.args, "job"),
            redis_url=current_settings().redis_url,
        ),
    )


def _rules(given: MultiDict[str, str], week: Period) -> Rules:
    """Return the rules that an address or a form names; what makes no sense is as usual."""
    usual = Rules.usual(week)
    days = {int(day) for day in given.getlist("weekday") if day in set("1234567")}
    return Rules(
        weeks_between={
            kind: _number(given.get(f"every-{kind}", ""), _MOST_WEEKS) or weeks
            for kind, weeks in usual.weeks_between.items()
        },
        working_days=frozenset(days) or usual.working_days,
        most_stops=_number(given.get("most", ""), _MOST_STOPS) or usual.most_stops,
    )


def _number(text: str, most: int) -> int | None:
    """Return a whole number from 1 to `most`, or None."""
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        return None
    return int(text) if 1 <= int(text) <= most else None


def _ways(shown: Shown | None) -> dict[dt.date, float]:
    return {day: PlanDay.way_m(outlets) for day, outlets in shown.days} if shown else {}


def _day_name(day: dt.date) -> str:
    """Return Mon, Nov 23."""
    return str(format_skeleton("MMMEd", day, locale=locale_of(current_language())))


def _holds(shown: Shown | None, day: PlanDay) -> bool:
    return bool(shown and dict(shown.days).get(day.day))


def _can_undo(plan: WeekPlan) -> bool:
    try:
        weeks.before_last_publish(plan=plan)
    except weeks.NothingToUndoError:
        return False
    return any(not day.is_past for day in plan.days)


def _words(problem: ProblemError) -> str:
    if isinstance(problem, InvalidInputError):
        return " ".join(gettext(one) for reasons in problem.errors.values() for one in reasons)
    return gettext(problem.title)


def _day(form: Mapping[str, str]) -> dt.date:
    try:
        return dt.date.fromisoformat(form.get("day", ""))
    except ValueError:
        raise InvalidInputError(
            {"day": [N_("Choose today or a later day of this week.")]}
        ) from None


def _position(form: Mapping[str, str]) -> int | None:
    """Return the place from 0; forms count from 1. None: at the end."""
    given = form.get("position", "")
    return max(0, int(given) - 1) if given.isascii() and given.isdigit() else None


def _week(day: str, today: dt.date) -> Period:
    """Return the week that holds a day of the address, or else today."""
    try:
        week = Period.week(dt.date.fromisoformat(day))
        return (
            week if dt.date(2000, 1, 1) < week.start < dt.date(2100, 1, 1) else Period.week(today)
        )
    except (ValueError, OverflowError):
        return Period.week(today)
