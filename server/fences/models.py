"""Rules for check-ins outside the fence, and the codes by which a manager lifts one once."""

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime
from shared.checkin.policy import FenceRule, PolicyKind


class FencePolicy(Model):
    """A rule for the organisation, a team with those below it, or a class of customers."""

    __tablename__ = "fence_policy"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[PolicyKind] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(40), default="")
    rule: Mapped[FenceRule] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(default=1)


class FenceOverride(Model):
    """A code for one check-in of one phone at one customer on one day, and whether it was used."""

    __tablename__ = "fence_override"
    __table_args__ = (
        UniqueConstraint("device_id", "customer_id", "day", "number"),
        Index("ix_fence_override_rep_id_day", "rep_id", "day"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    device_id: Mapped[str] = mapped_column(Id, ForeignKey("device.id"))
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    customer_id: Mapped[str] = mapped_column(Id, ForeignKey("customer.id"))
    day: Mapped[dt.date]
    number: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    issued_by: Mapped[str] = mapped_column(Id)
    issued_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    visit_id: Mapped[str | None] = mapped_column(Id)
