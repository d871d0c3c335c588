"""Making, renaming and archiving teams, who leads them, and moving people between them."""

import datetime as dt
from collections.abc import Collection
from dataclasses import asdict, dataclass

from sqlalchemy import delete, exists, func, or_, select

from server.identity.models import User
from server.platform import audit
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from server.platform.events import mark_days, rep_moved
from server.platform.versioned import ChangedMeanwhileError
from server.teams.models import Team, TeamLead, TeamMembership
from server.teams.queries import team_with_descendants
from shared.i18n import N_
from shared.sync.ids import new_id
from shared.vocabulary import Role


class TeamCodeTakenError(ProblemError):
    """Imports find a team by its code, so it is one team's alone."""

    code = "team.code_taken"
    status = 409
    title = N_("Another team has this code already.")


class TeamAboveItselfError(ProblemError):
    """A team cannot stand below itself."""

    code = "team.above_itself"
    status = 422
    title = N_("A team cannot stand below itself or below one of its own teams.")


class TeamInUseError(ProblemError):
    """Only an empty team is archived, else people would belong to nothing."""

    code = "team.in_use"
    status = 409
    title = N_("There are people or teams in this team. Move them to another team first.")


class TeamArchivedError(ProblemError):
    """Nobody joins a team that is out of use."""

    code = "team.archived"
    status = 422
    title = N_("This team is archived. Bring it back first.")


class NoManagerError(ProblemError):
    """A rep sees own rows only, and leads nobody."""

    code = "team.no_manager"
    status = 422
    title = N_("Only a manager can lead a team.")


@dataclass(frozen=True, kw_only=True)
class TeamForm:
    """What the office says of a team."""

    code: str
    name: str
    parent_id: str | None
    leads: frozenset[str]
    """Ids of the managers who lead it."""


def add_team(*, team: TeamForm, at: dt.datetime, by: str) -> Team:
    """
    Make a team.

    :raises TeamCodeTakenError: if another team has the code
    :raises NoManagerError: if somebody who is to lead it is no manager
    :raises NotFoundError: if there is no such team above
    """
    row = Team(id=new_id(), code=team.code, name=team.name, parent_id=team.parent_id, version=1)
    _check_code(team.code, row.id)
    _check_parent(row.id, team.parent_id)
    db.session.add(row)
    db.session.flush()
    lead_team(team_id=row.id, user_ids=team.leads)
    audit.record(action="team.created", at=at, user_id=by, subject=row.id, name=row.name)
    return row


def change_team(*, team_id: str, base: str, team: TeamForm, at: dt.datetime, by: str) -> Team:
    """
    Rename a team, put it elsewhere in the tree, change who leads it.

    :param base: the version that the form was made from
    :raises ChangedMeanwhileError: if it has another version by now
    :raises TeamCodeTakenError: if another team has the code
    :raises TeamAboveItselfError: if it would stand below itself
    :raises NoManagerError: if somebody who is to lead it is no manager
    """
    row = _locked(team_id)
    row.expect(base)
    _check_code(team.code, team_id)
    _check_parent(team_id, team.parent_id)
    before = lead_team(team_id=team_id, user_ids=team.leads)
    fields = {name: value for name, value in asdict(team).items() if name != "leads"}
    changed = row.set_fields(fields)
    if before != team.leads:
        row.version += 0 if changed else 1
        changed["leads"] = [sorted(before), sorted(team.leads)]
    if changed:
        audit.record(action="team.changed", at=at, user_id=by, subject=team_id, **changed)
    return row


def undo_change(*, team_id: str, done_at: dt.datetime, at: dt.datetime, by: str) -> Team:
    """
    Bring back what was said of a team before a person changed it at this time.

    :raises NotFoundError: if the person did not change it then
    :raises ChangedMeanwhileError: if somebody has changed one of these fields since
    :raises ProblemError: what changing it raises: its former place may be gone by now
    """
    [entry] = audit.entries_of(action="team.changed", at=done_at, user_id=by, subject=team_id)
    row = _locked(team_id)
    present = {
        "code": row.code,
        "name": row.name,
        "parent_id": row.parent_id,
        "leads": sorted(_leads(team_id)),
    }
    if any(present[name] != after for name, (_, after) in entry.details.items()):
        raise ChangedMeanwhileError
    former = present | {name: before for name, (before, _) in entry.details.items()}
    team = TeamForm(**former | {"leads": frozenset(former["leads"])})
    return change_team(team_id=team_id, base=str(row.version), team=team, at=at, by=by)


def archive_team(*, team_id: str, archived: bool, base: str, at: dt.datetime, by: str) -> Team:
    """
    Take an empty team out of use, or bring it back. Its past stays where it is.

    :raises ChangedMeanwhileError: if it has another version by now
    :raises TeamInUseError: if people or teams are in it
    :raises TeamArchivedError: if the team above it is archived
    """
    row = _locked(team_id)
    row.expect(base)
    if archived and _is_in_use(team_id):
        raise TeamInUseError
    if not archived and row.parent_id is not None:
        _find_open(row.parent_id)
    row.set_fields({"archived_at": at if archived else None})
    action = "team.archived" if archived else "team.restored"
    audit.record(action=action, at=at, user_id=by, subject=team_id, name=row.name)
    return row


def lead_team(*, team_id: str, user_ids: Collection[str]) -> frozenset[str]:
    """
    Let these managers lead the team, and nobody else; return who did before.

    :raises NoManagerError: if one of them is no active manager
    """
    managers = select(func.count()).where(
        User.id.in_(user_ids), User.active, User.role == Role.MANAGER
    )
    before = _leads(team_id)
    if before == frozenset(user_ids):
        return before
    if db.session.scalar(managers) != len(user_ids):
        raise NoManagerError
    db.session.execute(delete(TeamLead).where(TeamLead.team_id == team_id))
    db.session.add_all(TeamLead(team_id=team_id, user_id=user_id) for user_id in sorted(user_ids))
    db.session.flush()
    return before


def move_to_team(*, user_id: str, team_id: str | None, day: dt.date) -> str | None:
    """
    Let a person belong to this team from a day on; return the team until then.

    What was recorded before stays with the team of its day.

    :raises NotFoundError: if there is no such team
    :raises TeamArchivedError: if it is out of use
    """
    memberships = db.session.scalars(
        select(TeamMembership)
        .where(
            TeamMembership.user_id == user_id,
            or_(TeamMembership.end_on.is_(None), TeamMembership.end_on > day),
        )
        .order_by(TeamMembership.start_on)
    ).all()
    present = next((each for each in memberships if each.start_on <= day), None)
    before = present.team_id if present else None
    if before == team_id:
        return before
    if team_id is not None:
        _find_open(team_id)
    for each in memberships:
        # One that began today, or was to begin later, is replaced as if it had never been said.
        if each.start_on >= day:
            db.session.delete(each)
        else:
            each.end_on = day
    db.session.flush()
    if team_id is not None:
        db.session.add(TeamMembership(user_id=user_id, team_id=team_id, start_on=day))
        db.session.flush()
    rep_moved.send(None, rep_id=user_id, team_id=team_id)
    mark_days(user_id, [day])
    return before


def _leads(team_id: str) -> frozenset[str]:
    return frozenset(
        db.session.scalars(select(TeamLead.user_id).where(TeamLead.team_id == team_id))
    )


def _is_in_use(team_id: str) -> bool:
    below = select(Team.id).where(Team.parent_id == team_id, Team.archived_at.is_(None))
    people = (
        select(TeamMembership.user_id)
        .join(User, User.id == TeamMembership.user_id)
        .where(TeamMembership.team_id == team_id, TeamMembership.end_on.is_(None), User.active)
    )
    return bool(db.session.scalar(select(or_(exists(below), exists(people)))))


def _check_code(code: str, team_id: str) -> None:
    taken = select(Team.id).where(Team.code == code, Team.id != team_id)
    if db.session.scalar(taken) is not None:
        raise TeamCodeTakenError(code)


def _check_parent(team_id: str, parent_id: str | None) -> None:
    if parent_id is None:
        return
    if parent_id in team_with_descendants(team_id) | {team_id}:
        raise TeamAboveItselfError
    _find_open(parent_id)


def _find_open(team_id: str) -> Team:
    team = db.session.get(Team, team_id)
    if team is None:
        raise NotFoundError
    if team.archived_at is not None:
        raise TeamArchivedError(team.name)
    return team


def _locked(team_id: str) -> Team:
    team = db.session.get(Team, team_id, with_for_update=True, populate_existing=True)
    if team is None:
        raise NotFoundError
    return team
