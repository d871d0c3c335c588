"""Journey plans for programs: a rep's week, proposals, publishing, changes of single stops."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

import redis
from flask_smorest import Blueprint

from server.planning import jobs, queries
from server.planning.operations import weeks
from server.planning.operations.propose import Arrangement, Rules, propose_week
from server.planning.queries import WeekPlan
from server.planning.schemas import (
    BaseSchema,
    CopySchema,
    MoveStopSchema,
    NewStopSchema,
    ProposalSchema,
    PublishSchema,
    QueuedSchema,
    RulesSchema,
    TeamPlanSchema,
    WeekSchema,
)
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import InvalidInputError, NotFoundError, ProblemError
from server.platform.queues import QueueNames, connect_impatiently, open_queue
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.teams.queries import list_teams
from shared.i18n import N_
from shared.time import Period, utc_now
from shared.vocabulary import CustomerClass, Role

blueprint = Blueprint("plans", __name__, url_prefix="/api/v1/plans", description="Journey plans.")

PLANNERS = (Role.MANAGER, Role.ADMIN)
_WEEK = "/<uuid:rep_id>/<day>"


class QueueSilentError(ProblemError):
    """The queue cannot be reached; asking again later helps."""

    code = "plan.queue_silent"
    status = 503
    title = N_("The work could not be queued. Try again in a minute.")


@blueprint.get(_WEEK)
@signed_in()
@blueprint.response(200, WeekSchema)
def get_week(rep_id: UUID, day: str) -> WeekPlan:
    """Return the plan of the week that holds this day, beside what was visited."""
    return queries.get_week(
        access=current_access(), rep_id=str(rep_id), week=_week(day), today=business_today()
    )


@blueprint.post(f"{_WEEK}/proposal")
@signed_in(*PLANNERS)
@blueprint.arguments(RulesSchema)
@blueprint.response(200, ProposalSchema)
def propose(rules: dict[str, Any], rep_id: UUID, day: str) -> dict[str, Any]:
    """Return a week made from the classes of the rep's customers. Nothing is changed."""
    access, today, week = current_access(), business_today(), _week(day)
    plan = queries.get_week(access=access, rep_id=str(rep_id), week=week, today=today)
    proposal = propose_week(
        plan=plan,
        outlets=queries.outlets_of_rep(access=access, rep_id=plan.rep.id),
        last_planned=queries.last_planned(access=access, rep_id=plan.rep.id, before=week.start),
        today=today,
        rules=_rules(rules),
    )
    return {
        "version": plan.version,
        "days": [
            {"day": day, "customers": customers} for day, customers in proposal.arrangement.items()
        ],
        "left_out": proposal.left_out,
    }


@blueprint.put(_WEEK)
@signed_in(*PLANNERS)
@blueprint.arguments(PublishSchema)
@blueprint.response(200, WeekSchema)
def publish(sent: dict[str, Any], rep_id: UUID, day: str) -> WeekPlan:
    """Publish days to the rep's phone. Past days, visited and cancelled stops stay."""
    given = {each["day"]: [str(one) for one in each["customers"]] for each in sent["days"]}
    if len(given) < len(sent["days"]):
        raise InvalidInputError({"days": ["A day stands twice."]})
    return _change(rep_id, day, sent["base"], lambda _: given)


@blueprint.post(f"{_WEEK}/stops")
@signed_in(*PLANNERS)
@blueprint.arguments(NewStopSchema)
@blueprint.response(200, WeekSchema)
def add_stop(sent: dict[str, Any], rep_id: UUID, day: str) -> WeekPlan:
    """Add a stop."""
    return _change(
        rep_id,
        day,
        sent["base"],
        lambda plan: weeks.add_stop(
            plan,
            customer_id=str(sent["customer_id"]),
            day=sent["day"],
            position=sent.get("position"),
        ),
    )


@blueprint.patch(f"{_WEEK}/stops/<uuid:stop_id>")
@signed_in(*PLANNERS)
@blueprint.arguments(MoveStopSchema)
@blueprint.response(200, WeekSchema)
def move_stop(sent: dict[str, Any], rep_id: UUID, day: str, stop_id: UUID) -> WeekPlan:
    """Move a stop to another place or day."""
    return _change(
        rep_id,
        day,
        sent["base"],
        lambda plan: weeks.move_stop(
            plan, stop_id=str(stop_id), day=sent["day"], position=sent.get("position")
        ),
    )


@blueprint.delete(f"{_WEEK}/stops/<uuid:stop_id>")
@signed_in(*PLANNERS)
@blueprint.arguments(BaseSchema, location="query")
@blueprint.response(200, WeekSchema)
def remove_stop(sent: dict[str, Any], rep_id: UUID, day: str, stop_id: UUID) -> WeekPlan:
    """Take a stop out of the plan."""
    return _change(
        rep_id, day, sent["base"], lambda plan: weeks.remove_stop(plan, stop_id=str(stop_id))
    )


@blueprint.post(f"{_WEEK}/copy")
@signed_in(*PLANNERS)
@blueprint.arguments(CopySchema)
@blueprint.response(200, WeekSchema)
def copy_week(sent: dict[str, Any], rep_id: UUID, day: str) -> WeekPlan:
    """Take the stops of another week of the same rep over into this one."""
    access = current_access()

    def copied(plan: WeekPlan) -> Arrangement:
        source = queries.get_week(
            access=access,
            rep_id=plan.rep.id,
            week=Period.week(sent["source"]),
            today=business_today(),
        )
        known = queries.outlets_of_rep(access=access, rep_id=plan.rep.id)
        return weeks.copy_week(plan, source=source, known=[outlet.id for outlet in known])

    return _change(rep_id, day, sent["base"], copied)


@blueprint.post(f"{_WEEK}/undo")
@signed_in(*PLANNERS)
@blueprint.arguments(BaseSchema)
@blueprint.response(200, WeekSchema)
def undo(sent: dict[str, Any], rep_id: UUID, day: str) -> WeekPlan:
    """Bring the week back to how it stood before it was last published; twice brings it forth."""
    return _change(rep_id, day, sent["base"], lambda plan: weeks.before_last_publish(plan=plan))


@blueprint.post("/teams")
@signed_in(*PLANNERS)
@blueprint.arguments(TeamPlanSchema)
@blueprint.response(202, QueuedSchema)
def plan_team(sent: dict[str, Any]) -> dict[str, str]:
    """Plan the week for all reps of a team who have no plan in it yet. A worker does it."""
    access, team_id = current_access(), str(sent["team_id"])
    if team_id not in {team.id for team in list_teams(access=access)}:
        raise NotFoundError
    settings = current_settings()
    if not settings.redis_url:
        raise QueueSilentError
    queue = open_queue(QueueNames.PERIODIC, connect_impatiently(settings.redis_url))
    arguments = {
        "team_id": team_id,
        "day": sent["day"].isoformat(),
        "asked_by": access.user_id,
    }
    try:
        job = queue.enqueue(jobs.PLAN_TEAM, kwargs=arguments, result_ttl=600, job_timeout=600)
    except redis.RedisError as error:
        raise QueueSilentError from error
    return {"job_id": job.id}


def _change(
    rep_id: UUID, day: str, base: str, rearranged: Callable[[WeekPlan], Arrangement]
) -> WeekPlan:
    access, today, week = current_access(), business_today(), _week(day)
    with transaction():
        plan = weeks.open_week(access=access, rep_id=str(rep_id), week=week, today=today)
        weeks.change_week(
            plan=plan, base=base, rearranged=rearranged, at=utc_now(), by=access.user_id
        )
    return queries.get_week(access=access, rep_id=str(rep_id), week=week, today=today)


def _week(day: str) -> Period:
    try:
        return Period.week(dt.date.fromisoformat(day))
    except (ValueError, OverflowError):
        raise NotFoundError from None


def _rules(given: dict[str, Any]) -> Rules:
    usual = Rules()
    return Rules(
        weeks_between=dict(usual.weeks_between)
        | {CustomerClass(name): weeks for name, weeks in given["weeks_between"].items()},
        working_days=frozenset(given.get("working_days", usual.working_days)),
        most_stops=given["most_stops"],
    )
