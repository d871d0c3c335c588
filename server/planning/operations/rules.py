"""By which rules weeks are planned: chosen once, they are kept for the rep or the team."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select

from server.identity.models import User
from server.planning import queries
from server.planning.models import PlanningRules
from server.platform import audit
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.platform.organisation import organisation
from server.teams.models import Team
from server.teams.queries import RepRow, list_teams, team_line
from shared.sync.ids import new_id
from shared.time import Period
from shared.vocabulary import CustomerClass
from shared.working import Weekdays

KEPT = "plan.rules_kept"
FORGOTTEN = "plan.rules_forgotten"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How a week is planned."""

    weeks_between: Mapping[CustomerClass, int]
    """Weeks from one visit to the next."""
    working_days: Weekdays
    most_stops: int = 25
    """The most that fit in a day."""

    @classmethod
    def usual(cls, week: Period) -> "Rules":
        """Return what the company's settings say at the end of a week."""
        rules = organisation().work_rules
        visits = rules.visits.on(week.last_day)
        return cls(
            weeks_between={each: visits.of(each) for each in CustomerClass},
            working_days=rules.week.on(week.last_day),
        )

    def but(self, given: Mapping[str, Any]) -> "Rules":
        """Return these rules, but for what is given as `plain` gives it."""
        weeks = given.get("weeks_between", {})
        return Rules(
            weeks_between={kind: weeks.get(kind, own) for kind, own in self.weeks_between.items()},
            working_days=frozenset(given.get("working_days", self.working_days)),
            most_stops=given.get("most_stops", self.most_stops),
        )

    def plain(self) -> dict[str, Any]:
        """Return the rules as JSON has them."""
        return {
            "weeks_between": {str(kind): weeks for kind, weeks in self.weeks_between.items()},
            "working_days": sorted(self.working_days),
            "most_stops": self.most_stops,
        }


class Source(StrEnum):
    """Where rules come from: the nearest of these that has any."""

    REP = "rep"
    TEAM = "team"
    COMPANY = "company"


@dataclass(frozen=True, kw_only=True)
class KeptRules:
    """The rules somebody is planned by, and those it would be without own ones."""

    rules: Rules
    source: Source
    inherited: Rules
    inherited_from: Source


def rules_of_rep(*, access: Access, rep: RepRow, week: Period, today: dt.date) -> KeptRules:
    """Return by which rules a rep's week is planned: own ones, the team's, or the company's."""
    own = queries.kept_rules_of_reps(access=access, rep_ids=[rep.id], today=today).get(rep.id)
    inherited, source = _of_line(team_line(rep.team_id) if rep.team_id else [], week)
    return _kept(own, Source.REP, inherited, source)


def rules_of_team(*, access: Access, team_id: str, week: Period) -> KeptRules:
    """Return by which rules a team is planned: own ones, those of a team above, or the company's.

    :raises NotFoundError: if the caller may see no such team
    """
    if team_id not in {team.id for team in list_teams(access=access)}:
        raise NotFoundError
    own_first = team_line(team_id)
    own = queries.kept_rules_of_teams([team_id]).get(team_id)
    inherited, source = _of_line(own_first[1:], week)
    return _kept(own, Source.TEAM, inherited, source)


def rules_in_team(
    *, access: Access, team_id: str, reps: Iterable[RepRow], given: Rules, today: dt.date
) -> dict[str, Rules]:
    """Return by which rules each rep is planned when a team is planned by the given ones.

    Own rules of a rep, and then of a team in between, go before.
    """
    reps = list(reps)
    parents = {team.id: team.parent_id for team in list_teams(access=access)}
    of_teams = queries.kept_rules_of_teams(set(parents) - {team_id})
    of_reps = queries.kept_rules_of_reps(
        access=access, rep_ids=[rep.id for rep in reps], today=today
    )

    def nearest(rep: RepRow) -> Mapping[str, Any]:
        step = rep.team_id
        while step is not None and step != team_id:
            if step in of_teams:
                return of_teams[step]
            step = parents.get(step)
        return {}

    return {rep.id: given.but(of_reps.get(rep.id) or nearest(rep)) for rep in reps}


def keep_for_rep(
    *,
    access: Access,
    rep: RepRow,
    rules: Rules,
    week: Period,
    today: dt.date,
    at: dt.datetime,
) -> None:
    """Plan this rep by these rules from now on; those inherited anyway are not kept."""
    db.session.execute(select(User.id).where(User.id == rep.id).with_for_update(key_share=True))
    before = rules_of_rep(access=access, rep=rep, week=week, today=today)
    _keep(access, before, rules, at, rep_id=rep.id)


def keep_for_team(
    *, access: Access, team_id: str, rules: Rules, week: Period, at: dt.datetime
) -> None:
    """Plan this team, and those below, by these rules from now on, but for reps with own ones.

    :raises NotFoundError: if the caller may see no such team
    """
    db.session.execute(select(Team.id).where(Team.id == team_id).with_for_update(key_share=True))
    before = rules_of_team(access=access, team_id=team_id, week=week)
    _keep(access, before, rules, at, team_id=team_id)


def _kept(
    own: Mapping[str, Any] | None, kind: Source, inherited: Rules, source: Source
) -> KeptRules:
    return KeptRules(
        rules=inherited.but(own) if own else inherited,
        source=kind if own else source,
        inherited=inherited,
        inherited_from=source,
    )


def _of_line(team_ids: Iterable[str], week: Period) -> tuple[Rules, Source]:
    usual = Rules.usual(week)
    line = list(team_ids)
    kept = queries.kept_rules_of_teams(line)
    for team_id in line:
        if team_id in kept:
            return usual.but(kept[team_id]), Source.TEAM
    return usual, Source.COMPANY


def _keep(access: Access, before: KeptRules, rules: Rules, at: dt.datetime, **owner: str) -> None:
    """Write the rules of a rep or a team, and that somebody did."""
    if rules == before.rules:
        return
    db.session.execute(delete(PlanningRules).filter_by(**owner))
    is_own = rules != before.inherited
    if is_own:
        db.session.add(PlanningRules(id=new_id(), rules=rules.plain(), updated_at=at, **owner))
    (subject,) = owner.values()
    audit.record(
        action=KEPT if is_own else FORGOTTEN,
        at=at,
        user_id=access.user_id,
        subject=subject,
        before=before.rules.plain(),
        after=rules.plain(),
    )
    db.session.flush()
