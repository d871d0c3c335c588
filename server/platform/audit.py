"""Who changed what, and when: settings, users, devices, reviews."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime, db


class AuditEntry(Model):
    """One action of one person. Never changed, never deleted by the application."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_at", "at"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(db.Integer, "sqlite"), primary_key=True
    )
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[str | None] = mapped_column(Id)
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80), default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(
    *,
    action: str,
    at: dt.datetime,
    user_id: str | None,
    subject: str = "",
    **details: Any,
) -> None:
    """Add an entry to the transaction under way."""
    db.session.add(
        AuditEntry(action=action, at=at, user_id=user_id, subject=subject, details=details)
    )
