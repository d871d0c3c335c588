"""Questions of the visit form. One that was asked is never changed: it gets a new version."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime
from shared.vocabulary import AnswerKind


class FormQuestion(Model):
    """One version of a question; answers name it by its id. At most one of a key is asked."""

    __tablename__ = "form_question"
    __table_args__ = (
        UniqueConstraint("key", "number"),
        Index("ix_form_question_retired_at", "retired_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Id)
    """The same in all versions: the id of the first."""
    number: Mapped[int]
    """Of the version, from 1."""
    position: Mapped[int]
    kind: Mapped[AnswerKind] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(200))
    is_required: Mapped[bool]
    is_whole: Mapped[bool]
    low: Mapped[float | None]
    high: Mapped[float | None]
    options: Mapped[list[list[str]]] = mapped_column(JSON)
    """Pairs of (key, name); a key means the same in all versions."""
    classes: Mapped[list[str]] = mapped_column(JSON)
    categories: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    retired_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """Since when it is asked no more."""
    version: Mapped[int] = mapped_column(default=1)
    """Of the row as phones have it: raised when it moves or retires."""

    def as_sent(self) -> dict[str, Any]:
        """Return the question as it travels."""
        return {
            "key": self.key,
            "number": self.number,
            "position": self.position,
            "kind": self.kind,
            "text": self.text,
            "is_required": self.is_required,
            "is_whole": self.is_whole,
            "low": self.low,
            "high": self.high,
            "options": self.options,
            "classes": self.classes,
            "categories": self.categories,
            "is_retired": self.retired_at is not None,
        }
