"""Working days, consent to tracking, and the day's track in chunks of fixes."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime


class WorkDay(Model):
    """A rep's day between *start day* and *end day*; outside it nothing is recorded."""

    __tablename__ = "work_day"
    __table_args__ = (Index("ix_work_day_rep_id_day", "rep_id", "day"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    day: Mapped[dt.date]
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    content_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)


class TrackingConsent(Model):
    """A rep's yes or no to being tracked during working days, each an entry of its own."""

    __tablename__ = "tracking_consent"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), index=True)
    given: Mapped[bool]
    decided_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    text_version: Mapped[str] = mapped_column(String(20))
    content_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)

    @classmethod
    def latest_first(cls) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """Return the order; of one moment the word said last: ids sort by when they were made."""
        return cls.decided_at.desc(), cls.id.desc()


class TrackChunk(Model):
    """At most 60 fixes of one rep's day, as they were recorded."""

    __tablename__ = "track_chunk"
    __table_args__ = (Index("ix_track_chunk_rep_id_day", "rep_id", "day"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    device_id: Mapped[str | None] = mapped_column(Id)
    day: Mapped[dt.date]
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    fixes: Mapped[list[list[Any]]] = mapped_column(JSON)
    """Rows of `[epoch_ms, latitude, longitude, accuracy_m, is_mock]`, oldest first."""
    flags: Mapped[dict[str, list[int]]] = mapped_column(JSON, default=dict)
    """Codes of `shared.tracking.flags`, each with the times of the fixes it is about."""
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    content_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
