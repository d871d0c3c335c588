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


class Channel(StrEnum):
    """Where alerts go besides the bell."""

    EMAIL = "email"
    WEBHOOK = "webhook"


class AlertAddress(Model):
    """Where a person's alerts go; empty: nowhere."""

    __tablename__ = "alert_address"

    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    webhook_url: Mapped[str] = mapped_column(String(500))
    webhook_secret: Mapped[str] = mapped_column(String(64))
    """What posts are signed with; the person gives it to the receiver."""
    former_webhook_url: Mapped[str] = mapped_column(String(500), server_default="")
    """The one before this; with its secret, so that a change can be undone."""
    former_webhook_secret: Mapped[str] = mapped_column(String(64), server_default="")


class AlertRoute(Model):
    """A person wants the alerts of a rule by this channel, too."""

    __tablename__ = "alert_route"

    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), primary_key=True)
    rule: Mapped[AlertRule] = mapped_column(String(20), primary_key=True)
    channel: Mapped[Channel] = mapped_column(String(10), primary_key=True)


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


class AlertDelivery(Model):
    """An alert on its way to a person: sent, given up, or due again at `next_at`."""

    __tablename__ = "alert_delivery"
    __table_args__ = (
        Index("ix_alert_delivery_due", "sent_at", "given_up_at", "next_at"),
        Index("ix_alert_delivery_user_id", "user_id"),
        Index("ix_alert_delivery_alert_id", "alert_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    alert_id: Mapped[str] = mapped_column(Id, ForeignKey("alert.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    channel: Mapped[Channel] = mapped_column(String(10))
    attempts: Mapped[int]
    next_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(300))
    """What went wrong the last time, as the other side says it."""
