"""Photos: the record that came first, the bytes once they are there, uploads under way."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime
from server.platform.versioned import Versioned
from shared.vocabulary import PhotoPurpose, PhotoState, TimeTrust


class Thumbnail(StrEnum):
    """What has become of the small picture."""

    WANTED = "wanted"
    MADE = "made"
    FAILED = "failed"


class Photo(Versioned, Model):
    """The record of a photo of a visit or an expense. Only where its bytes are changes."""

    __tablename__ = "photo"
    __table_args__ = (
        CheckConstraint("(visit_id IS NULL) <> (expense_id IS NULL)", name="of_one"),
        Index("ix_photo_visit_id", "visit_id"),
        Index("ix_photo_expense_id", "expense_id"),
        Index("ix_photo_sha256", "sha256"),
        Index("ix_photo_rep_id_day", "rep_id", "day"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    visit_id: Mapped[str | None] = mapped_column(Id, ForeignKey("visit.id"))
    expense_id: Mapped[str | None] = mapped_column(Id, ForeignKey("expense.id"))
    """What it is a receipt of; then it belongs to no visit."""
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    day: Mapped[dt.date]
    """Local day on which it was taken."""
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    width_px: Mapped[int]
    height_px: Mapped[int]
    purpose: Mapped[PhotoPurpose] = mapped_column(String(10))

    wall_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    """What the phone's clock said."""
    time_zone: Mapped[str] = mapped_column(String(40))
    boot_id: Mapped[str] = mapped_column(String(64), default="")
    elapsed_ms: Mapped[int | None] = mapped_column(BigInteger)
    anchor_id: Mapped[str | None] = mapped_column(String(64))
    taken_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    """The time that counts, worked out from clock, anchor and arrival."""
    time_trust: Mapped[TimeTrust] = mapped_column(String(10))
    time_flags: Mapped[list[str]] = mapped_column(JSON, default=list)
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    device_id: Mapped[str | None] = mapped_column(Id)
    app_version: Mapped[str] = mapped_column(String(20), default="")
    content_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)

    state: Mapped[PhotoState] = mapped_column(String(10), default=PhotoState.EXPECTED)
    refusal: Mapped[str] = mapped_column(String(30), default="")
    """Why the bytes were refused: the code of the error the phone got."""
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When the rep took it back, before the check-out."""


class PhotoBlob(Model):
    """Bytes that are here, whole, and an image; one row for each hash."""

    __tablename__ = "photo_blob"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(20))
    width_px: Mapped[int]
    height_px: Mapped[int]
    made_at: Mapped[dt.datetime | None]
    """The time inside the file (EXIF), where there is one; local, of an unknown zone."""
    stored_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    thumbnail: Mapped[Thumbnail] = mapped_column(String(10), default=Thumbnail.WANTED, index=True)


class PhotoUpload(Model):
    """Bytes on their way."""

    __tablename__ = "photo_upload"
    __table_args__ = (Index("ix_photo_upload_rep_id_sha256", "rep_id", "sha256", unique=True),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    length: Mapped[int] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column("stored_offset", BigInteger, default=0)
    """Bytes that are on the disk for sure."""
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    is_done: Mapped[bool] = mapped_column(default=False)
