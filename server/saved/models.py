"""Views that people keep: filters of a list, and dashboards of numbers."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime


class ViewKind(StrEnum):
    """What is kept."""

    FILTER = "filter"
    DASHBOARD = "dashboard"


class SavedView(Model):
    """A view that a person named, for themselves or for a team."""

    __tablename__ = "saved_view"
    __table_args__ = (
        Index("ix_saved_view_user_id", "user_id"),
        Index("ix_saved_view_team_id", "team_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"))
    """The team it is shared with; None: only the owner sees it."""
    kind: Mapped[ViewKind] = mapped_column(String(12))
    page: Mapped[str] = mapped_column(String(120))
    """Path of the page it belongs to."""
    name: Mapped[str] = mapped_column(String(80))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Of a filter `query`; of a dashboard `tiles`, a list of `key` and `size`."""
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
