"""Re-judgements: who had past check-ins judged by a customer's present point, when and why."""

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime
from shared.vocabulary import Verdict


class Rejudgement(Model):
    """One person's decision about one customer's check-ins of a period. It may be undone once."""

    __tablename__ = "rejudgement"
    __table_args__ = (Index("ix_rejudgement_customer_id", "customer_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[str] = mapped_column(Id, ForeignKey("customer.id"))
    start_on: Mapped[dt.date]
    end_on: Mapped[dt.date]
    """The day after the last."""
    latitude: Mapped[float]
    longitude: Mapped[float]
    radius_m: Mapped[int]
    location_version: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    judged: Mapped[int]
    """How many check-ins were looked at."""
    changed: Mapped[int]
    """How many got another verdict."""
    decided_by: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    decided_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    undone_by: Mapped[str | None] = mapped_column(Id)
    undone_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    undo_reason: Mapped[str] = mapped_column(Text, default="")


class RejudgedVisit(Model):
    """What a re-judgement did to one visit. The check-in itself keeps its first verdict."""

    __tablename__ = "rejudged_visit"
    __table_args__ = (
        Index("ix_rejudged_visit_visit_id", "visit_id"),
        Index("ix_rejudged_visit_rep_id", "rep_id"),
    )

    rejudgement_id: Mapped[str] = mapped_column(Id, ForeignKey("rejudgement.id"), primary_key=True)
    visit_id: Mapped[str] = mapped_column(Id, ForeignKey("visit.id"), primary_key=True)
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    decided_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    verdict_before: Mapped[Verdict | None] = mapped_column(String(10))
    reason_before: Mapped[str] = mapped_column(String(30), default="")
    distance_before_m: Mapped[float | None]
    verdict: Mapped[Verdict] = mapped_column(String(10))
    verdict_reason: Mapped[str] = mapped_column(String(30), default="")
    distance_m: Mapped[float | None]
    probability_inside: Mapped[float | None]
    undone_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When the verdict from before came to count again."""
