"""Planning the week of a whole team: asked for here, done by a worker, followed by who asked."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import redis
from rq import get_current_job
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from server.identity.queries import find_active_user
from server.planning import queries
from server.planning.operations.propose import propose_from_records
from server.planning.operations.rules import Rules, rules_in_team
from server.planning.operations.weeks import open_week, publish_week
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ForbiddenError, NotFoundError, ProblemError
from server.platform.queues import QueueNames, connect_impatiently, open_queue
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.teams.queries import led_team_ids, list_reps, list_teams, team_with_descendants
from shared.i18n import N_
from shared.time import Period, business_day, utc_now
from shared.vocabulary import Role

PLAN_TEAM = "server.planning.jobs.plan_team"
_KEPT_S = 600


class QueueSilentError(ProblemError):
    """The queue cannot be reached; asking again later helps."""

    code = "plan.queue_silent"
    status = 503
    title = N_("The work could not be queued. Try again in a minute.")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the planning of a team is, in reps."""

    done: int = 0
    of: int = 0
    """0: not begun yet."""
    planned: int = 0
    """Those whose week was planned; the others had a plan, or nobody to visit."""
    is_over: bool = False
    has_failed: bool = False


def ask_to_plan(*, access: Access, team_id: str, day: dt.date, rules: Rules, redis_url: str) -> str:
    """Have a worker plan the week of that day for a team; return the job's id.

    :raises NotFoundError: if the caller may see no such team
    :raises QueueSilentError: if there is no queue, or it does not answer
    """
    if team_id not in {team.id for team in list_teams(access=access)}:
        raise NotFoundError
    if not redis_url:
        raise QueueSilentError
    arguments = {
        "team_id": team_id,
        "day": day.isoformat(),
        "asked_by": access.user_id,
        "rules": rules.plain(),
    }
    queue = open_queue(QueueNames.PERIODIC, connect_impatiently(redis_url))
    try:
        job = queue.enqueue(PLAN_TEAM, kwargs=arguments, result_ttl=_KEPT_S, job_timeout=600)
    except redis.RedisError as error:
        raise QueueSilentError from error
    return str(job.id)


def find_progress(*, access: Access, job_id: str, redis_url: str) -> Progress | None:
    """Return how far a job is that the caller asked for; None once it is forgotten."""
    if not job_id or not redis_url:
        return None
    try:
        job = Job.fetch(
            job_id, connection=connect_impatiently(redis_url), serializer=JSONSerializer
        )
        state = job.get_status()
    except (NoSuchJobError, redis.RedisError):
        return None
    if job.func_name != PLAN_TEAM or job.kwargs["asked_by"] != access.user_id:
        return None
    return Progress(
        **job.get_meta(),
        is_over=state is JobStatus.FINISHED,
        has_failed=state in {JobStatus.FAILED, JobStatus.CANCELED, JobStatus.STOPPED},
    )


def plan_team(*, team_id: str, day: str, asked_by: str, rules: dict[str, Any] | None = None) -> int:
    """Plan the week of that day for the reps of a team who have no plan in it yet; return how many.

    May run twice: a week with stops is left alone. Each rep is a transaction of its own.

    :param day: ISO date
    :param asked_by: whose rights it has
    :param rules: as `Rules.plain` gives them; those kept for a rep, or for a team below, go before
    """
    settings = current_settings()
    access = _access(asked_by)
    at = utc_now()
    today = business_day(at, settings.time_zone)
    week = Period.week(dt.date.fromisoformat(day))
    teams = team_with_descendants(team_id)
    reps = [rep for rep in list_reps(access=access, day=today) if rep.team_id in teams]
    planned = 0
    given = Rules.usual(week).but(rules or {})
    by_rep = rules_in_team(access=access, team_id=team_id, reps=reps, given=given, today=today)
    for done, (rep_id, by) in enumerate(by_rep.items()):
        _note(done, len(reps), planned)
        planned += _plan(access, rep_id, week, at=at, rules=by)
    _note(len(reps), len(reps), planned)
    db.session.remove()
    return planned


def _note(done: int, of: int, planned: int) -> None:
    job = get_current_job()
    if job is not None:
        job.meta.update(done=done, of=of, planned=planned)
        job.save_meta()  # type: ignore[no-untyped-call]


def _plan(access: Access, rep_id: str, week: Period, *, at: dt.datetime, rules: Rules) -> int:
    today = business_day(at, current_settings().time_zone)
    plan = queries.get_week(access=access, rep_id=rep_id, week=week, today=today)
    if plan.stops:
        return 0
    # Outside the transaction: SQLite lets one writer in, and solving takes a while.
    proposal = propose_from_records(access=access, plan=plan, today=today, rules=rules)
    with transaction():
        now = open_week(access=access, rep_id=rep_id, week=week, today=today)
        if now.stops:
            return 0
        written = publish_week(
            plan=now,
            base=now.version,
            arrangement=proposal.arrangement,
            at=at,
            by=access.user_id,
        )
    return int(written > 0)


def _access(user_id: str) -> Access:
    """Return what the person may do now, which may be less than when they asked."""
    user = find_active_user(user_id)
    if user is None or user.role == Role.REP:
        raise ForbiddenError
    return Access(user_id=user.id, role=Role(user.role), team_ids=led_team_ids(user.id))
