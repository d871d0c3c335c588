"""What there is to choose from: days, rates of a kilometre, ramps and working times."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from server.identity.models import User
from server.metrics.models import DailyRollup, KilometreRate, RampStep, WorkingTime
from server.metrics.sql.reach import By
from server.metrics.sql.targets import Holder
from server.platform.access import Access
from server.platform.database import Id, among, db
from server.platform.errors import NotFoundError
from server.platform.prepared import Prepared, PreparedFor
from server.teams.models import Team, TeamMembership
from server.teams.queries import list_reps, list_teams


def first_day(access: Access) -> dt.date | None:
    """Return the first day with any number the caller may see."""
    found: dt.date | None = _FIRST_DAY.scalar(access)
    return found


def _first_day(access: Access) -> Select[dt.date]:
    rollup = DailyRollup.__table__.c
    return select(func.min(rollup.day)).where(access.rows(rollup.rep_id, rollup.team_id))


_FIRST_DAY = PreparedFor(_first_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRow:
    """A rep or a team that may be given a target."""

    holder: Holder
    name: str


def holders_of_targets(*, access: Access, day: dt.date) -> list[HolderRow]:
    """Return who may be given a target: the teams that the caller sees, then their reps."""
    teams = [
        HolderRow(holder=Holder(team.id, True), name=team.name)
        for team in list_teams(access=access)
        if not team.archived
    ]
    reps = list_reps(access=access, day=day)
    return teams + [HolderRow(holder=Holder(rep.id, False), name=rep.name) for rep in reps]


def kilometre_rates() -> Sequence[KilometreRate]:
    """Return what a kilometre costs, from each day on; the same for everybody."""
    return db.session.scalars(select(KilometreRate).order_by(KilometreRate.start_on)).all()


def ramps() -> dict[dt.date, list[int]]:
    """Return the percentages of each ramp by the day from which it is for those who join."""
    found: dict[dt.date, list[int]] = {}
    order = RampStep.start_on.desc(), RampStep.month_number
    for step in db.session.scalars(select(RampStep).order_by(*order)):
        found.setdefault(step.start_on, []).append(step.percent)
    return found


def working_times(rep_id: str) -> Sequence[WorkingTime]:
    """Return how much of full time a person works, from each day on; the latest first."""
    return db.session.scalars(
        select(WorkingTime)
        .where(WorkingTime.rep_id == rep_id)
        .order_by(WorkingTime.start_on.desc())
    ).all()


def names_of(by: By, ids: set[str]) -> dict[str, str]:
    """Return the names of the reps or teams that numbers were found for, in their order."""
    if by in {By.SOURCE, By.CLASS}:
        return {each: each for each in sorted(ids)}
    return dict((_REPS if by is By.REP else _TEAMS).rows(ids=list(ids)))


def _names(model: Any) -> Prepared:
    columns = model.id, model.name
    return Prepared(lambda: select(*columns).where(among(model.id)).order_by(model.name, model.id))


_REPS, _TEAMS = _names(User), _names(Team)


def check_holders(*, access: Access, rep_id: str | None, team_id: str | None) -> None:
    """Make sure that the caller may ask for this rep and this team.

    :raises NotFoundError: if there is none that the caller may see
    """
    for wanted, visible in ((rep_id, _REP), (team_id, _TEAM)):
        if wanted is not None and visible.scalar(access, id=wanted) is None:
            raise NotFoundError


def _rep(access: Access) -> Select[str]:
    member = TeamMembership
    is_it = member.user_id == bindparam("id", type_=Id())
    return select(member.user_id).where(is_it, access.rows(member.user_id, member.team_id)).limit(1)


def _team(access: Access) -> Select[str]:
    is_it = Team.id == bindparam("id", type_=Id())
    return select(Team.id).where(is_it, access.teams(Team.id))


_REP, _TEAM = PreparedFor(_rep), PreparedFor(_team)
