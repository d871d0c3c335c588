"""Columns of every row that travels to phones: version, version per field, time of deletion."""

import datetime as dt
import hashlib
from typing import Any

from sqlalchemy import JSON, BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import UtcDateTime
from server.platform.errors import ProblemError
from shared.i18n import N_


class ChangedMeanwhileError(ProblemError):
    """Somebody changed the record after the form was opened. Nothing was written."""

    code = "changed_meanwhile"
    status = 409
    title = N_("Somebody changed this in the meantime, so nothing was written. Look and try again.")


def fingerprint(text: str) -> str:
    """Return what tells a text from others: a form says by it what it was made of.

    For what has no version of its own, written as text.
    """
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Counted:
    """Mixin. Each change sets `version` one higher, so that a form can say what it was made of."""

    version: Mapped[int] = mapped_column(BigInteger, default=1)

    def expect(self, base: int | str) -> None:
        """
        Make sure that a form was made from this version.

        :raises ChangedMeanwhileError: if it was not
        """
        if str(base) != str(self.version):
            raise ChangedMeanwhileError

    def set_fields(self, fields: dict[str, Any]) -> dict[str, list[Any]]:
        """Set the fields that differ; return before and after of each, for the audit log."""
        changed = {
            name: [getattr(self, name), value]
            for name, value in fields.items()
            if getattr(self, name) != value
        }
        for name, (_, value) in changed.items():
            setattr(self, name, value)
        if changed:
            self.version += 1
        return changed


class Versioned(Counted):
    """Mixin. A change sets `version` one higher and names it for each field it touched."""

    field_versions: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    """Field to the version that last changed it; a field never changed since is not in it."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    def change(self, fields: dict[str, Any], *, at: dt.datetime) -> dict[str, Any]:
        """Set the fields that differ; return those. Nothing differs: nothing changes."""
        changed = {name: value for name, value in fields.items() if getattr(self, name) != value}
        if changed:
            self.version += 1
            self.updated_at = at
            for name, value in changed.items():
                setattr(self, name, value)
            # A new dict: SQLAlchemy does not see changes inside a JSON value.
            self.field_versions = self.field_versions | dict.fromkeys(changed, self.version)
        return changed

    def touch(self, field: str, *, at: dt.datetime) -> None:
        """Note that a field kept in other rows (a deal's lines) has changed."""
        self.version += 1
        self.updated_at = at
        self.field_versions = self.field_versions | {field: self.version}

    def field_version(self, field: str) -> int:
        """Return the version that last changed this field."""
        return self.field_versions.get(field, 1)
