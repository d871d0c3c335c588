"""What a caller may see: the one value every query that returns rows asks for."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, or_, true

from server.platform.database import Id, ToCome, one_of
from shared.vocabulary import Role


@dataclass(frozen=True, kw_only=True)
class Access:
    """An administrator sees all, a manager the rows of own teams, a rep the own rows."""

    user_id: str
    role: Role
    team_ids: frozenset[str] = frozenset()
    """Teams of a manager, with all teams below them."""

    def rows(self, rep_id: Any, team_id: Any) -> ColumnElement[bool]:
        """Return the condition on a row's rep and (as-was) team columns."""
        return or_(*self.ways(rep_id, team_id))

    def ways(self, rep_id: Any, team_id: Any) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions of which `rows` asks one: each can have an index of its own."""
        match self.role:
            case Role.ADMIN:
                return (true(),)
            case Role.MANAGER if self.team_ids:
                return one_of(team_id, self.team_ids), rep_id == self.user_id
        return (rep_id == self.user_id,)

    def sees(self, rep_id: str, team_id: str | None) -> bool:
        """Return whether a row of this rep and team is among them; what `rows` asks in SQL."""
        if self.role is Role.ADMIN or rep_id == self.user_id:
            return True
        return self.role is Role.MANAGER and team_id in self.team_ids

    def teams(self, team_id: Any) -> ColumnElement[bool]:
        """Return the condition on a team column; a rep sees no team as a whole."""
        if self.role is Role.ADMIN:
            return true()
        return one_of(team_id, self.team_ids)

    @property
    def shape(self) -> "Shape":
        """Return what a statement depends on, whoever asks."""
        return self.role, bool(self.team_ids)

    @property
    def values(self) -> dict[str, Any]:
        """Return the parameters of a statement that was made for anybody of this shape."""
        return {_USER: self.user_id, _TEAMS: self.team_ids}


Shape = tuple[Role, bool]
"""Somebody's role, and whether there are teams."""
_USER, _TEAMS = "access_user_id", "access_team_ids"


def anybody(shape: Shape) -> Access:
    """Return an access whose ids are parameters, for a statement that is made once."""
    role, has_teams = shape
    user_id: Any = bindparam(_USER, type_=Id())
    team_ids: Any = ToCome(_TEAMS) if has_teams else frozenset()
    return Access(user_id=user_id, role=role, team_ids=team_ids)


SYSTEM = Access(user_id="00000000-0000-0000-0000-000000000000", role=Role.ADMIN)
"""For jobs and commands, which act for the organisation itself."""
