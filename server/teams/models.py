"""Teams as a tree, who belongs to them and who leads them, with dates."""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime
from server.platform.versioned import Counted


class Team(Counted, Model):
    """A team; a region is a team with teams below it."""

    __tablename__ = "team"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    parent_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"))
    archived_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """Out of use: nobody joins it any more, and its past stays as it was."""


class TeamMembership(Model):
    """A rep's time in a team, `[start_on, end_on)`; memberships of one rep do not overlap."""

    __tablename__ = "team_membership"
    __table_args__ = (Index("ix_team_membership_team", "team_id", "start_on"),)

    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), primary_key=True)
    start_on: Mapped[dt.date] = mapped_column(primary_key=True)
    end_on: Mapped[dt.date | None]
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))

    @classmethod
    def covers(cls, rep_id: Any, day: Any) -> ColumnElement[bool]:
        """Return the condition to join a rep's membership on a day; at most one row fulfils it."""
        return and_(
            cls.user_id == rep_id,
            cls.start_on <= day,
            or_(cls.end_on.is_(None), cls.end_on > day),
        )


class TeamLead(Model):
    """A manager leads a team, and with it all teams below."""

    __tablename__ = "team_lead"

    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), primary_key=True)
