"""Teams, who leads them, who belonged to them on a day."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select

from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.held import once
from server.teams.models import Team, TeamLead, TeamMembership


def led_team_ids(user_id: str) -> frozenset[str]:
    """Return the teams this manager leads, with all teams below them. Makes an Access."""
    led = select(TeamLead.team_id.label("id")).where(TeamLead.user_id == user_id)
    return _with_descendants(led)


def team_with_descendants(team_id: str) -> frozenset[str]:
    """Return this team and all below it. Narrows a filter; the caller's access still applies."""
    return _with_descendants(select(Team.id.label("id")).where(Team.id == team_id))


def _with_descendants(roots: object) -> frozenset[str]:
    tree = roots.cte("tree", recursive=True)  # type: ignore[attr-defined]
    tree = tree.union(select(Team.id).join(tree, Team.parent_id == tree.c.id))
    return frozenset(db.session.scalars(select(tree.c.id)))


def team_of_rep(rep_id: str, day: dt.date) -> str | None:
    """Return the team the rep belonged to on that day. Used when a fact is recorded."""
    return once(
        ("team_of_rep", rep_id, day),
        lambda: db.session.scalar(
            select(TeamMembership.team_id).where(
                TeamMembership.user_id == rep_id,
                TeamMembership.start_on <= day,
                or_(TeamMembership.end_on.is_(None), TeamMembership.end_on > day),
            )
        ),
    )


def team_line(team_id: str) -> list[str]:
    """Return a team and all above it, the nearest first."""
    line: list[str] = []
    step: str | None = team_id
    parents = {row.id: row.parent_id for row in db.session.execute(select(Team.id, Team.parent_id))}
    while step is not None and step not in line:
        line.append(step)
        step = parents.get(step)
    return line


def teams_of_reps(rep_ids: Iterable[str], day: dt.date) -> dict[str, str]:
    """Return the team of each of these reps on that day. Says who is told of what changed."""
    rows = db.session.execute(
        select(TeamMembership.user_id, TeamMembership.team_id).where(
            TeamMembership.covers(TeamMembership.user_id, day),
            TeamMembership.user_id.in_(sorted(rep_ids)),
        )
    )
    return {row.user_id: row.team_id for row in rows}


@dataclass(frozen=True)
class TeamRow:
    """A team in a list, with its depth in the tree."""

    id: str
    name: str
    parent_id: str | None


@dataclass(frozen=True)
class RepRow:
    """A rep in a list, with today's team."""

    id: str
    code: str
    name: str
    team_id: str | None


def list_teams(*, access: Access) -> list[TeamRow]:
    """Return the teams the caller may see, by name."""
    rows = db.session.execute(
        select(Team.id, Team.name, Team.parent_id).where(access.teams(Team.id)).order_by(Team.name)
    )
    return [TeamRow(*row) for row in rows]


def list_reps(*, access: Access, day: dt.date) -> list[RepRow]:
    """Return the active people who belong to a team on that day, by name."""
    rows = db.session.execute(
        select(User.id, User.code, User.name, TeamMembership.team_id)
        .join(TeamMembership, TeamMembership.user_id == User.id)
        .where(
            User.active,
            TeamMembership.start_on <= day,
            or_(TeamMembership.end_on.is_(None), TeamMembership.end_on > day),
            access.rows(User.id, TeamMembership.team_id),
        )
        .order_by(User.name)
    )
    return [RepRow(*row) for row in rows]
