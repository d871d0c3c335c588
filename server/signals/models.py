"""Signals, what people made of them, and the days still to be looked at."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime
from shared.signals import Decision, Rule


class Signal(Model):
    """Something in a rep's day that a person should look at. It accuses nobody."""

    __tablename__ = "signal"
    __table_args__ = (
        Index("ix_signal_rep_id_day", "rep_id", "day"),
        Index("ix_signal_day", "day"),
        Index("ix_signal_visit_id", "visit_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    """Rule and subject: looking again at the same evidence raises nothing twice."""
    rule: Mapped[Rule] = mapped_column(String(20))
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"))
    """The rep's team on that day."""
    day: Mapped[dt.date]
    visit_id: Mapped[str | None] = mapped_column(Id)
    """No foreign key: checking it would wait for a phone that waits for this day's mark."""
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The numbers that the rule's sentence names."""
    raised_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class SignalReview(Model):
    """The rep's one answer to a signal, what was asked before, and a manager's decision."""

    __tablename__ = "signal_review"

    signal_id: Mapped[str] = mapped_column(Id, ForeignKey("signal.id"), primary_key=True)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    question: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What a manager asked last; the audit log has what was asked before."""
    asked_by: Mapped[str | None] = mapped_column(Id)
    asked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    decision: Mapped[Decision | None] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class ChainBreak(Model):
    """A phone sent records that do not follow on those it sent before; noted once a day."""

    __tablename__ = "chain_break"
    __table_args__ = (
        UniqueConstraint("device_id", "day", "reason"),
        Index("ix_chain_break_rep_id_day", "rep_id", "day"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    device_id: Mapped[str] = mapped_column(Id)
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    day: Mapped[dt.date]
    """The rep's day on which they came."""
    reason: Mapped[str] = mapped_column(String(20))
    """`tampered`: a record was changed, removed or put in; `forked`: a copy goes on."""
    first: Mapped[int] = mapped_column(BigInteger)
    """Number of the first record that came."""
    records: Mapped[int]
    noted_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class UnexaminedDay(Model):
    """A rep's day whose evidence changed since it was looked at; as `StaleDay` of the metrics."""

    __tablename__ = "unexamined_day"

    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger, default=1)
