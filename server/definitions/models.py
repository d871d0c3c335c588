"""KPIs that a company has made for itself: a formula over the measures that are counted anyway."""

import datetime as dt

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime
from shared.metrics.definition import Direction, Family
from shared.metrics.formula import Unit


class OwnMetric(Model):
    """A definition like the built-in ones. Changing its formula or unit raises its version."""

    __tablename__ = "own_metric"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    """`own_` and letters; never used twice."""
    name: Mapped[str] = mapped_column(String(80))
    name_id: Mapped[str] = mapped_column(String(80), default="")
    """In Indonesian; empty: the same."""
    description: Mapped[str] = mapped_column(Text, default="")
    formula: Mapped[str] = mapped_column(Text)
    """As `shared.metrics.parsing` reads it."""
    unit: Mapped[Unit] = mapped_column(String(12))
    family: Mapped[Family] = mapped_column(String(12))
    direction: Mapped[Direction] = mapped_column(String(20))
    target: Mapped[str | None] = mapped_column(String(40))
    """A decimal number as text, exact on both databases."""
    version: Mapped[int] = mapped_column(default=1)
    edition: Mapped[int] = mapped_column(default=1)
    """Raised by every change: tells a form that somebody else was faster."""
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    archived_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """Shown nowhere since, and can be brought back."""

    def name_in(self, language: str) -> str:
        """Return what it is called in a language, `en` or `id`."""
        return (self.name_id or self.name) if language == "id" else self.name
