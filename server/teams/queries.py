"""Teams, who leads them, who belonged to them on a day."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Select, bindparam, func, or_, select

from server.identity.models import Device, User
from server.platform.access import Access
from server.platform.database import Id, db
from server.platform.errors import ForbiddenError, NotFoundError
from server.platform.held import once
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, reordered
from server.platform.prepared import Prepared, PreparedFor
from server.teams.models import Team, TeamLead, TeamMembership
from shared.vocabulary import Role

SORTABLE = frozenset({"name", "team_name", "last_signed_in_at", "phones"})


def led_team_ids(user_id: str) -> frozenset[str]:
    """Return the teams this manager leads, with all teams below them. Makes an Access."""
    return frozenset(id_ for (id_,) in _LED.rows(root=user_id))


def team_with_descendants(team_id: str) -> frozenset[str]:
    """Return this team and all below it. Narrows a filter; the caller's access still applies."""
    return frozenset(id_ for (id_,) in _BELOW.rows(root=team_id))


def _with_descendants(roots: Select[str]) -> Select[str]:
    tree = roots.cte("tree", recursive=True)
    below = tree.union(select(Team.id).join(tree, Team.parent_id == tree.c.id))
    return select(below.c.id)


# Made once: every page of a manager asks for the own teams.
_ROOT = bindparam("root", type_=Id())
_LED = Prepared(
    lambda: _with_descendants(select(TeamLead.team_id.label("id")).where(TeamLead.user_id == _ROOT))
)
_BELOW = Prepared(lambda: _with_descendants(select(Team.id.label("id")).where(Team.id == _ROOT)))


def team_of_rep(rep_id: str, day: dt.date) -> str | None:
    """Return the team the rep belonged to on that day. Used when a fact is recorded."""
    return once(
        ("team_of_rep", rep_id, day),
        lambda: cast("str | None", _TEAM_OF_REP.scalar(rep_id=rep_id, day=day)),
    )


def ask_for_team_ahead(rep_id: str, day: dt.date) -> None:
    """Have the answer to `team_of_rep` come along with what is asked next."""
    _TEAM_OF_REP.ask_behind(rep_id=rep_id, day=day)


_TEAM_OF_REP = Prepared(
    lambda: select(TeamMembership.team_id).where(
        TeamMembership.covers(bindparam("rep_id"), bindparam("day"))
    )
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
    archived: bool = False


@dataclass(frozen=True)
class RepRow:
    """A rep in a list, with today's team."""

    id: str
    code: str
    name: str
    team_id: str | None


def list_teams(*, access: Access) -> list[TeamRow]:
    """Return the teams the caller may see, by name; those out of use come last."""
    return [TeamRow(*row) for row in _TEAMS.rows(access)]


def _teams_of(access: Access) -> Select[str, str, str | None, bool]:
    archived = Team.archived_at.is_not(None)
    return (
        select(Team.id, Team.name, Team.parent_id, archived)
        .where(access.teams(Team.id))
        .order_by(archived, Team.name)
    )


_TEAMS = PreparedFor(_teams_of)


def list_reps(*, access: Access, day: dt.date) -> list[RepRow]:
    """Return the active people who belong to a team on that day, by name."""
    return [RepRow(*row) for row in _REPS.rows(access, day=day)]


_REPS = PreparedFor(
    lambda access: (
        select(User.id, User.code, User.name, TeamMembership.team_id)
        .join(TeamMembership, TeamMembership.user_id == User.id)
        .where(
            User.active,
            TeamMembership.start_on <= bindparam("day"),
            or_(TeamMembership.end_on.is_(None), TeamMembership.end_on > bindparam("day")),
            access.rows(User.id, TeamMembership.team_id),
        )
        .order_by(User.name)
    )
)


@dataclass(frozen=True, kw_only=True)
class PeopleFilter:
    """Which people; whatever is None or empty does not narrow."""

    text: str = ""
    role: Role | None = None
    team_ids: frozenset[str] | None = None
    active: bool | None = True


@dataclass(frozen=True)
class PersonRow:
    """A person in the office's list."""

    id: str
    code: str
    name: str
    role: Role
    active: bool
    last_signed_in_at: dt.datetime | None
    can_sign_in: bool
    team_name: str | None
    phones: int
    last_synced_at: dt.datetime | None


@dataclass(frozen=True)
class Person:
    """A person with what the office may change of them."""

    id: str
    code: str
    name: str
    role: Role
    language: str
    time_zone: str
    quota_carrying: bool
    active: bool
    version: int
    last_signed_in_at: dt.datetime | None
    can_sign_in: bool
    team_id: str | None
    leads: tuple[str, ...]
    """Names of the teams the person leads."""
    tenures: tuple[tuple[dt.date, dt.date | None, str], ...]
    """`(from, to, team)`, the latest first."""


@dataclass(frozen=True)
class TeamDetail:
    """A team in the office's list; `depth` is 0 at the top of the tree."""

    id: str
    code: str
    name: str
    parent_id: str | None
    archived: bool
    version: int
    depth: int
    members: int
    leads: tuple[tuple[str, str], ...]
    """`(id, name)` of the managers who lead it."""


def list_people(
    *,
    access: Access,
    where: PeopleFilter,
    day: dt.date,
    page: int = 1,
    size: int = DEFAULT_SIZE,
    sort: str = "",
) -> Page[PersonRow]:
    """Return a page of people with their team of that day, by name or by one of `SORTABLE`.

    :raises ForbiddenError: unless an administrator asks
    """
    statement = reordered(_people(access, where, day), sort, SORTABLE)
    return fetch_page(statement, number=page, size=size).map(_person_row)


def each_person(*, access: Access, where: PeopleFilter, day: dt.date) -> Iterator[PersonRow]:
    """Yield all people in the same order; for exports.

    :raises ForbiddenError: unless an administrator asks
    """
    return (_person_row(row) for row in db.session.execute(_people(access, where, day)))


def get_person(*, access: Access, user_id: str, day: dt.date) -> Person:
    """Return one person.

    :raises ForbiddenError: unless an administrator asks
    :raises NotFoundError: if there is no such person
    """
    _only_administrators(access)
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFoundError
    tenures = db.session.execute(
        select(TeamMembership.start_on, TeamMembership.end_on, Team.name, Team.id)
        .join(Team, Team.id == TeamMembership.team_id)
        .where(TeamMembership.user_id == user_id)
        .order_by(TeamMembership.start_on.desc())
    ).all()
    leads = db.session.scalars(
        select(Team.name)
        .join(TeamLead, TeamLead.team_id == Team.id)
        .where(TeamLead.user_id == user_id)
        .order_by(Team.name)
    )
    return Person(
        id=user.id,
        code=user.code,
        name=user.name,
        role=Role(user.role),
        language=user.language,
        time_zone=user.time_zone,
        quota_carrying=user.quota_carrying,
        active=user.active,
        version=user.version,
        last_signed_in_at=user.last_signed_in_at,
        can_sign_in=user.password_hash is not None,
        team_id=next(
            (
                row.id
                for row in tenures
                if row.start_on <= day and (row.end_on is None or row.end_on > day)
            ),
            None,
        ),
        leads=tuple(leads),
        tenures=tuple((row.start_on, row.end_on, row.name) for row in tenures),
    )


def list_team_details(*, access: Access, day: dt.date) -> list[TeamDetail]:
    """Return all teams as a tree, each after the one above it; those out of use come last.

    :raises ForbiddenError: unless an administrator asks
    """
    _only_administrators(access)
    leads: dict[str, list[tuple[str, str]]] = {}
    for row in db.session.execute(
        select(TeamLead.team_id, User.id, User.name)
        .join(User, User.id == TeamLead.user_id)
        .order_by(User.name)
    ):
        leads.setdefault(row.team_id, []).append((row.id, row.name))
    counted = (
        select(TeamMembership.team_id, func.count().label("members"))
        .join(User, User.id == TeamMembership.user_id)
        .where(TeamMembership.covers(TeamMembership.user_id, day), User.active)
        .group_by(TeamMembership.team_id)
    ).subquery()
    rows = db.session.execute(
        select(Team, func.coalesce(counted.c.members, 0).label("members"))
        .outerjoin(counted, counted.c.team_id == Team.id)
        .order_by(Team.archived_at.is_not(None), Team.name)
    ).all()
    known = {row.Team.id for row in rows}
    below: dict[str | None, list[tuple[Team, int]]] = {}
    for team, members in rows:
        below.setdefault(team.parent_id if team.parent_id in known else None, []).append(
            (team, members)
        )
    found: list[TeamDetail] = []

    def add(parent_id: str | None, depth: int) -> None:
        for team, members in below.get(parent_id, []):
            found.append(
                TeamDetail(
                    id=team.id,
                    code=team.code,
                    name=team.name,
                    parent_id=team.parent_id,
                    archived=team.archived_at is not None,
                    version=team.version,
                    depth=depth,
                    members=members,
                    leads=tuple(leads.get(team.id, ())),
                )
            )
            add(team.id, depth + 1)

    add(None, 0)
    return found


def list_managers(*, access: Access) -> list[tuple[str, str]]:
    """Return `(id, name)` of the active managers, by name.

    :raises ForbiddenError: unless an administrator asks
    """
    _only_administrators(access)
    rows = db.session.execute(
        select(User.id, User.name).where(User.active, User.role == Role.MANAGER).order_by(User.name)
    )
    return [(row.id, row.name) for row in rows]


def _people(access: Access, where: PeopleFilter, day: dt.date) -> Select[Any]:
    _only_administrators(access)
    phones = (
        select(
            Device.user_id,
            func.count().label("phones"),
            func.max(Device.last_synced_at).label("last_synced_at"),
        )
        .where(Device.revoked_at.is_(None), Device.wiped_at.is_(None))
        .group_by(Device.user_id)
    ).subquery()
    statement: Any = (
        select(
            User.id,
            User.code,
            User.name,
            User.role,
            User.active,
            User.last_signed_in_at,
            User.password_hash.is_not(None).label("can_sign_in"),
            Team.name.label("team_name"),
            func.coalesce(phones.c.phones, 0).label("phones"),
            phones.c.last_synced_at,
        )
        .outerjoin(TeamMembership, TeamMembership.covers(User.id, day))
        .outerjoin(Team, Team.id == TeamMembership.team_id)
        .outerjoin(phones, phones.c.user_id == User.id)
        .order_by(User.name, User.id)
    )
    if where.text:
        statement = statement.where(
            or_(
                User.name.icontains(where.text, autoescape=True),
                User.code.icontains(where.text, autoescape=True),
            )
        )
    if where.role is not None:
        statement = statement.where(User.role == where.role)
    if where.team_ids is not None:
        statement = statement.where(TeamMembership.team_id.in_(where.team_ids))
    if where.active is not None:
        statement = statement.where(User.active.is_(where.active))
    return statement


def _person_row(row: Any) -> PersonRow:
    values = row._asdict()
    return PersonRow(**values | {"role": Role(row.role)})


def _only_administrators(access: Access) -> None:
    if access.role is not Role.ADMIN:
        raise ForbiddenError
