"""What the page of a week shows: the plan, a proposal, or what could not be published."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template, request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from server.calendar.queries import get_calendar
from server.planning import queries
from server.planning.jobs import find_progress
from server.planning.operations import weeks
from server.planning.operations.propose import Arrangement, propose_from_records
from server.planning.operations.rules import rules_of_rep, rules_of_team
from server.planning.pages.address import A_WEEK, PLANNERS, day_name
from server.planning.pages.day_map import STATES, day_on_map, proposal_on_map
from server.planning.pages.rules import MOST_STOPS, MOST_WEEKS, fields_of, read_rules
from server.planning.queries import Outlet, PlanDay, WeekPlan
from server.platform.access import Access
from server.platform.errors import InvalidInputError, ProblemError
from server.platform.organisation import organisation
from server.platform.settings import current_settings
from server.teams.queries import list_reps, list_teams
from server.web import formats
from server.web.filters import choice, read_id
from server.web.languages import current_language
from shared.vocabulary import CustomerClass

CLASS_TONES = {CustomerClass.A: "accent", CustomerClass.B: "info", CustomerClass.C: "unknown"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the grid shows instead of the plan: a proposal, or what could not be published."""

    days: Mapping[dt.date, tuple[Outlet, ...]]
    left_out: tuple[Outlet, ...] = ()

    @property
    def ways_m(self) -> dict[dt.date, float]:
        """Metres of each day from outlet to outlet."""
        return {day: PlanDay.way_m(outlets) for day, outlets in self.days.items()}


def proposed(access: Access, plan: WeekPlan, today: dt.date, given: MultiDict[str, str]) -> Shown:
    """Return a week by the rules given; what is not given is as kept for the rep."""
    kept = rules_of_rep(access=access, rep=plan.rep, week=plan.week, today=today)
    proposal = propose_from_records(
        access=access, plan=plan, today=today, rules=read_rules(given, kept.rules)
    )
    left_out = tuple(reversed(proposal.left_out))
    return _shown(access, plan, proposal.arrangement, left_out)


def unpublished(access: Access, plan: WeekPlan, problem: ProblemError) -> Shown | None:
    """Return what somebody else's change kept from being published, to be published yet."""
    yours = problem.extra.get("yours") if isinstance(problem, weeks.PlanChangedError) else None
    if not yours:
        return None
    arrangement = {dt.date.fromisoformat(day): given for day, given in yours.items()}
    return _shown(access, plan, arrangement)


def _shown(
    access: Access, plan: WeekPlan, arrangement: Arrangement, left_out: tuple[Outlet, ...] = ()
) -> Shown:
    known = {stop.outlet.id: stop.outlet for stop in plan.stops}
    outlets = queries.outlets_of_rep(access=access, rep_id=plan.rep.id)
    known |= {outlet.id: outlet for outlet in outlets}
    days = {
        each.day: tuple(known[one] for one in arrangement.get(each.day, []) if one in known)
        for each in plan.days
    }
    return Shown(days=days, left_out=left_out)


def render(
    access: Access,
    plan: WeekPlan,
    shown: Shown | None,
    *,
    given: MultiDict[str, str],
    today: dt.date,
    problem: ProblemError | None = None,
) -> str:
    """Return the page.

    :param given: the fields of the address or the form, which may name rules
    """
    days = _worked(plan, shown)
    is_planner = access.role in PLANNERS
    on_map = _chosen_day(shown, days, today)
    return render_template(
        "plans/index.html",
        plan=plan,
        days=days,
        shown=shown,
        problem=_words(problem) if problem else "",
        is_conflict=isinstance(problem, weeks.PlanChangedError),
        reps=choice(
            "rep",
            gettext("Rep"),
            {rep.id: rep.name for rep in list_reps(access=access, day=today)},
            arguments={"rep": plan.rep.id},
        ),
        can_plan=is_planner and any(not day.is_past for day in plan.days),
        can_undo=is_planner and _can_undo(plan),
        class_tones=CLASS_TONES,
        day_name=day_name,
        before=(plan.week.start - A_WEEK).isoformat(),
        after=plan.week.end.isoformat(),
        holidays={
            each.day: each.name for each in get_calendar(access=access, period=plan.week).holidays
        },
        map_states=STATES,
        map_day=on_map,
        map=_map(plan, shown, on_map) if on_map else None,
        tiles=current_app.config["MAP_TILES_URL"],
        **(_for_planners(access, plan, given, today) if is_planner else {}),
    )


def _for_planners(
    access: Access, plan: WeekPlan, given: MultiDict[str, str], today: dt.date
) -> dict[str, Any]:
    kept = rules_of_rep(access=access, rep=plan.rep, week=plan.week, today=today)
    team = plan.rep.team_id
    rules = read_rules(given, kept.rules)
    return {
        "outlets": queries.outlets_of_rep(access=access, rep_id=plan.rep.id),
        "planned_by": kept,
        "rules": rules,
        "rule_values": fields_of(rules),
        "of_team": rules_of_team(access=access, team_id=team, week=plan.week) if team else None,
        "weekdays": formats.weekdays(language=current_language()),
        "most_weeks": MOST_WEEKS,
        "most_stops": MOST_STOPS,
        "teams": [team for team in list_teams(access=access) if not team.archived],
        "progress": find_progress(
            access=access,
            job_id=read_id(request.args, "job"),
            redis_url=current_settings().redis_url,
        ),
    }


def _worked(plan: WeekPlan, shown: Shown | None) -> list[PlanDay]:
    """Return the days that are worked, or on which something is planned or was visited."""
    working = organisation().work_rules.week
    return [
        day
        for day in plan.days
        if day.day.isoweekday() in working.on(day.day)
        or day.stops
        or day.calls
        or (shown and shown.days[day.day])
    ]


def _chosen_day(shown: Shown | None, days: list[PlanDay], today: dt.date) -> dt.date | None:
    """Return the day the map shows: of the address, or else today, or the first with a stop."""
    offered = [day.day for day in days]
    wanted = request.args.get("day", "")
    busy = [day.day for day in days if (shown.days[day.day] if shown else day.stops or day.calls)]
    chosen = [day for day in offered if day.isoformat() == wanted]
    chosen += [day for day in busy if day == today] + busy
    return chosen[0] if chosen else None


def _map(plan: WeekPlan, shown: Shown | None, day: dt.date) -> dict[str, Any] | None:
    return proposal_on_map(shown.days[day]) if shown else day_on_map(plan, day)


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
