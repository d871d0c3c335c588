"""Alerts, the rules that raise them, and who does not want to hear of which rule."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime
from server.platform.versioned import Counted


class AlertRule(StrEnum):
    """What a manager may want to be told. `server/alerts/operations/rules.py` says when."""

    LATE_START = "late_start"
    NOT_SYNCED = "not_synced"
    TARGET_BEHIND = "target_behind"
    DEALS_STUCK = "deals_stuck"
    SIGNALS_WAITING = "signals_waiting"
    TRACKING_OFF = "tracking_off"
    OVERRIDE_USED = "override_used"


class RuleSetting(Counted, Model):
    """How the company has set a rule; without a row it stands as it came."""

    __tablename__ = "alert_rule"

    rule: Mapped[AlertRule] = mapped_column(String(20), primary_key=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    threshold: Mapped[int]


class MutedRule(Model):
    """A person does not want to see the alerts of a rule."""

    __tablename__ = "alert_muted"

    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), primary_key=True)
    rule: Mapped[AlertRule] = mapped_column(String(20), primary_key=True)


class Alert(Model):
    """Something that needs somebody now; over when what it says is no longer so."""

    __tablename__ = "alert"
    __table_args__ = (
        Index("ix_alert_raised_at", "raised_at"),
        Index("ix_alert_open", "acknowledged_at", "cleared_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    """Rule and occasion: looking again raises nothing twice."""
    rule: Mapped[AlertRule] = mapped_column(String(20))
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    team_id: Mapped[str | None] = mapped_column(Id)
    """The rep's team when it was raised."""
    day: Mapped[dt.date]
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The numbers that the rule's sentence names."""
    raised_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    cleared_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[str | None] = mapped_column(Id)
