"""Journey plans for programs: a rep's week, proposals, publishing, changes of single stops."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.planning import queries
from server.planning.jobs import ask_to_plan
from server.planning.operations import weeks
from server.planning.operations.propose import Arrangement, propose_from_records
from server.planning.operations.rules import rules_of_rep, rules_of_team
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
from server.platform.errors import InvalidInputError, NotFoundError
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from shared.time import Period, utc_now
from shared.vocabulary import Role

blueprint = Blueprint("plans", __name__, url_prefix="/api/v1/plans", description="Journey plans.")

PLANNERS = (Role.MANAGER, Role.ADMIN)
_WEEK = "/<uuid:rep_id>/<day>"


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
    """Return a week made from the classes of the rep's customers. Nothing is changed.

    What is not given of the rules is as they were last used for the rep, or else as those of the
    team or the company. No stop falls on a holiday.
    """
    access, today, week = current_access(), business_today(), _week(day)
    plan = queries.get_week(access=access, rep_id=str(rep_id), week=week, today=today)
    kept = rules_of_rep(access=access, rep=plan.rep, week=week, today=today)
    proposal = propose_from_records(
        access=access, plan=plan, today=today, rules=kept.rules.but(rules)
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
    """Plan the week for all reps of a team who have no plan in it yet. A worker does it.

    What is not given of the rules is as kept for the team. Reps with own rules are planned by
    those.
    """
    access, team_id = current_access(), str(sent["team_id"])
    kept = rules_of_team(access=access, team_id=team_id, week=Period.week(sent["day"]))
    job_id = ask_to_plan(
        access=access,
        team_id=team_id,
        day=sent["day"],
        rules=kept.rules.but(sent),
        redis_url=current_settings().redis_url,
    )
    return {"job_id": job_id}


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
