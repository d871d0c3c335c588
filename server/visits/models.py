"""Visits, and the evidence of their check-in and check-out, which is never changed."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from server.platform.database import Id, Model, UtcDateTime, person_or_team
from server.platform.versioned import Versioned
from shared.vocabulary import NoSaleReason, TimeTrust, Verdict, VisitState


class Visit(Versioned, Model):
    """A call at a customer. Times, verdict and duration are copied from its evidence."""

    __tablename__ = "visit"
    __table_args__ = (
        Index("ix_visit_rep_id_day", "rep_id", "day"),
        Index("ix_visit_team_id_day", "team_id", "day"),
        Index("ix_visit_day_started_at", "day", "started_at"),
        Index("ix_visit_customer_id_day", "customer_id", "day"),
        # Few of millions, which somebody has to look at.
        *(
            Index(name, "day", sqlite_where=text(condition), postgresql_where=text(condition))
            for name, condition in (
                ("ix_visit_left_open", f"state = '{VisitState.OPEN}'"),
                ("ix_visit_unsure_time", f"time_trust = '{TimeTrust.UNVERIFIED}'"),
            )
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    rep_id: Mapped[str] = mapped_column(Id, person_or_team("user_account.id"))
    team_id: Mapped[str | None] = mapped_column(Id, person_or_team("team.id"))
    """The rep's team on that day."""
    customer_id: Mapped[str] = mapped_column(Id, ForeignKey("customer.id"))
    stop_id: Mapped[str | None] = mapped_column(Id, ForeignKey("journey_stop.id"))
    """The planned stop it serves; None: not planned."""
    day: Mapped[dt.date]
    """Local day of the check-in in the rep's zone."""
    time_zone: Mapped[str] = mapped_column(String(40))
    state: Mapped[VisitState] = mapped_column(String(10), default=VisitState.OPEN)
    started_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    started_clock_s: Mapped[int | None]
    """Local clock time of the check-in, seconds since midnight."""
    ended_clock_s: Mapped[int | None]
    duration_s: Mapped[int | None]
    """Seconds from check-in to check-out; None without a check-out."""
    verdict: Mapped[Verdict | None] = mapped_column(String(10))
    verdict_reason: Mapped[str] = mapped_column(String(30), default="")
    distance_m: Mapped[float | None]
    time_trust: Mapped[TimeTrust | None] = mapped_column(String(10))
    auto_closed: Mapped[bool] = mapped_column(default=False)
    no_sale_reason: Mapped[NoSaleReason | None] = mapped_column(String(30))
    notes: Mapped[str] = mapped_column(Text, default="")
    form_answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    cancel_reason: Mapped[str] = mapped_column(Text, default="")

    # The words themselves, not parameters: else a database does not see that an index fits.

    @classmethod
    def is_left_open(cls) -> ColumnElement[bool]:
        """Return the condition of the visits without a check-out."""
        return cls.state == literal_column(f"'{VisitState.OPEN}'")

    @classmethod
    def is_of_unsure_time(cls) -> ColumnElement[bool]:
        """Return the condition of the visits whose time could not be verified."""
        return cls.time_trust == literal_column(f"'{TimeTrust.UNVERIFIED}'")


class _Evidence:
    """What the phone saw at one moment, and what the server made of it."""

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    rep_id: Mapped[str] = mapped_column(Id, nullable=False)
    customer_id: Mapped[str] = mapped_column(Id, nullable=False)
    day: Mapped[dt.date]

    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    """The platform's 68 % radius, metres."""
    provider: Mapped[str] = mapped_column(String(20), default="")
    fix_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    fix_age_s: Mapped[float | None]
    is_mock: Mapped[bool] = mapped_column(default=False)
    speed_mps: Mapped[float | None]
    altitude_m: Mapped[float | None]
    sample_count: Mapped[int] = mapped_column(default=0)

    fence_latitude: Mapped[float | None]
    fence_longitude: Mapped[float | None]
    fence_radius_m: Mapped[int | None]
    location_version: Mapped[int] = mapped_column(default=0)

    wall_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    """What the phone's clock said."""
    time_zone: Mapped[str] = mapped_column(String(40))
    boot_id: Mapped[str] = mapped_column(String(64), default="")
    elapsed_ms: Mapped[int | None] = mapped_column(BigInteger)
    anchor_id: Mapped[str | None] = mapped_column(String(64))
    captured_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    """The time that counts, worked out from clock, anchor and arrival."""
    time_trust: Mapped[TimeTrust] = mapped_column(String(10))
    time_flags: Mapped[list[str]] = mapped_column(JSON, default=list)
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    verdict: Mapped[Verdict] = mapped_column(String(10))
    verdict_reason: Mapped[str] = mapped_column(String(30), default="")
    distance_m: Mapped[float | None]
    probability_inside: Mapped[float | None]
    phone_verdict: Mapped[Verdict | None] = mapped_column(String(10))
    """What the phone showed the rep; a difference is worth a look."""

    device_id: Mapped[str | None] = mapped_column(Id)
    app_version: Mapped[str] = mapped_column(String(20), default="")
    battery_percent: Mapped[int | None]
    was_offline: Mapped[bool] = mapped_column(default=False)
    content_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Hash of the bytes that arrived, to tell a repetition from an id used twice."""

    @declared_attr
    def visit_id(self) -> Mapped[str]:
        """One check-in and one check-out for each visit."""
        return mapped_column(Id, ForeignKey("visit.id"), unique=True)


class CheckIn(_Evidence, Model):
    """Evidence of arriving."""

    __tablename__ = "check_in"
    __table_args__ = (Index("ix_check_in_rep_id_day", "rep_id", "day"),)

    fence_rule: Mapped[str] = mapped_column(String(10), default="")
    """The office's rule for a check-in outside the fence, as it was then."""
    fence_lifted: Mapped[str] = mapped_column(String(20), default="")
    """How the check-in kept to it, or did not; one of `server.fences.operations.Lifted`."""


class CheckOut(_Evidence, Model):
    """Evidence of leaving."""

    __tablename__ = "check_out"
    __table_args__ = (Index("ix_check_out_rep_id_day", "rep_id", "day"),)
