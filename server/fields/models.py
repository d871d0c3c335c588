"""Custom fields of customers. The values stand with the customers, by the key of the field."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime
from server.platform.versioned import Counted
from shared.custom_fields import LONGEST_KEY, CustomField, field_of
from shared.vocabulary import FieldKind


class FieldRow(Counted, Model):
    """A field. Its kind never changes; archived it keeps its values."""

    __tablename__ = "custom_field"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), unique=True)
    """Never used twice; of a column of an import, its name there."""
    kind: Mapped[FieldKind] = mapped_column(String(10))
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(80))
    label_id: Mapped[str] = mapped_column(String(80), default="")
    """In Indonesian; empty: the same."""
    hint: Mapped[str] = mapped_column(String(200), default="")
    hint_id: Mapped[str] = mapped_column(String(200), default="")
    is_required: Mapped[bool]
    by_reps: Mapped[bool]
    """Reps may edit it too, not only the office."""
    choices: Mapped[list[list[Any]]] = mapped_column(JSON)
    """Key, name, Indonesian name and whether it is retired, in order; a key is never taken out."""
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    retired_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    @property
    def definition(self) -> CustomField:
        """The field as both sides know it."""
        return field_of(self.as_sent())

    def as_sent(self) -> dict[str, Any]:
        """Return the field as it travels."""
        return {
            "key": self.key,
            "kind": self.kind,
            "position": self.position,
            "label": self.label,
            "label_id": self.label_id,
            "hint": self.hint,
            "hint_id": self.hint_id,
            "is_required": self.is_required,
            "by_reps": self.by_reps,
            "choices": self.choices,
            "is_retired": self.retired_at is not None,
        }
