"""The job that plans weeks for a whole team."""

import datetime as dt

from server.identity.queries import find_active_user
from server.planning import queries
from server.planning.operations.propose import Rules, propose_week
from server.planning.operations.weeks import open_week, publish_week
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ForbiddenError
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.teams.queries import led_team_ids, list_reps, team_with_descendants
from shared.time import Period, business_day, utc_now
from shared.vocabulary import Role

PLAN_TEAM = "server.planning.jobs.plan_team"


def plan_team(*, team_id: str, day: str, asked_by: str) -> int:
    """Plan the week of that day for the reps of a team who have no plan in it yet; return how many.

    May run twice: a week with stops is left alone. Each rep is a transaction of its own.

    :param day: ISO date
    :param asked_by: whose rights it has
    """
    settings = current_settings()
    access = _access(asked_by)
    at = utc_now()
    today = business_day(at, settings.time_zone)
    teams = team_with_descendants(team_id)
    reps = [rep.id for rep in list_reps(access=access, day=today) if rep.team_id in teams]
    planned = 0
    for rep_id in reps:
        planned += _plan(rep_id, access, Period.week(dt.date.fromisoformat(day)), at, today)
    db.session.remove()
    return planned


def _plan(rep_id: str, access: Access, week: Period, at: dt.datetime, today: dt.date) -> int:
    plan = queries.get_week(access=access, rep_id=rep_id, week=week, today=today)
    if plan.stops:
        return 0
    # Outside the transaction: SQLite lets one writer in, and solving takes a while.
    proposal = propose_week(
        plan=plan,
        outlets=queries.outlets_of_rep(access=access, rep_id=rep_id),
        last_planned=queries.last_planned(access=access, rep_id=rep_id, before=week.start),
        today=today,
        rules=Rules(),
    )
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
