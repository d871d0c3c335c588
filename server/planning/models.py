"""The journey plan: which customers a rep is to visit on a day, in which order, by which rules."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime
from server.platform.versioned import Versioned
from shared.vocabulary import StopState


class JourneyStop(Versioned, Model):
    """One stop. Cancelled with a reason it leaves the plan and is counted apart."""

    __tablename__ = "journey_stop"
    __table_args__ = (
        Index("ix_journey_stop_rep_id_day", "rep_id", "day"),
        Index("ix_journey_stop_day", "day"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    customer_id: Mapped[str] = mapped_column(Id, ForeignKey("customer.id"))
    day: Mapped[dt.date]
    sequence: Mapped[int]
    state: Mapped[StopState] = mapped_column(String(10), default=StopState.PLANNED)
    cancel_reason: Mapped[str] = mapped_column(Text, default="")


class PlanningRules(Model):
    """By which rules weeks are planned, of a rep or of a team; who has none inherits them."""

    __tablename__ = "planning_rules"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    rep_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"), unique=True)
    team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"), unique=True)
    """Either of the two is set."""
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As `Rules.plain` gives them."""
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
