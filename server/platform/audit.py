"""Who changed what, and when: settings, users, devices, reviews."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime, db
from server.platform.errors import NotFoundError


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


def entries_of(
    *, action: str, at: dt.datetime, user_id: str, subject: str = ""
) -> Sequence[AuditEntry]:
    """
    Return what a person did at one go, in its order: an undo reads from it what was before.

    :param subject: only what was done to this one
    :raises NotFoundError: if it was nothing
    """
    statement = select(AuditEntry).where(
        AuditEntry.at == at, AuditEntry.user_id == user_id, AuditEntry.action == action
    )
    if subject:
        statement = statement.where(AuditEntry.subject == subject)
    entries = db.session.scalars(statement.order_by(AuditEntry.id)).all()
    if not entries:
        raise NotFoundError
    return entries
