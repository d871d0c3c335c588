"""What a caller may see: the one value every query that returns rows asks for."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, true

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
        match self.role:
            case Role.ADMIN:
                return true()
            case Role.MANAGER:
                if not self.team_ids:
                    return rep_id == self.user_id
                return or_(team_id.in_(self.team_ids), rep_id == self.user_id)
            case Role.REP:
                return rep_id == self.user_id

    def sees(self, rep_id: str, team_id: str | None) -> bool:
        """Return whether a row of this rep and team is among them; what `rows` asks in SQL."""
        if self.role is Role.ADMIN or rep_id == self.user_id:
            return True
        return self.role is Role.MANAGER and team_id in self.team_ids

    def teams(self, team_id: Any) -> ColumnElement[bool]:
        """Return the condition on a team column; a rep sees no team as a whole."""
        if self.role is Role.ADMIN:
            return true()
        return team_id.in_(self.team_ids)


SYSTEM = Access(user_id="00000000-0000-0000-0000-000000000000", role=Role.ADMIN)
"""For jobs and commands, which act for the organisation itself."""
