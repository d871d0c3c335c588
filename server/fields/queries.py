"""Reading the custom fields of customers."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from server.fields.models import FieldRow
from server.platform.access import Access
from server.platform.asked import once_asked
from server.platform.database import db
from server.platform.errors import NotFoundError
from shared.custom_fields import CustomField


@dataclass(frozen=True)
class FieldSettings:
    """A field as the page of an administrator shows it."""

    id: str
    field: CustomField
    version: int
    retired_at: dt.datetime | None


def list_fields(*, access: Access) -> list[FieldSettings]:
    """Return all fields in their order, those that were archived too."""
    del access  # everybody who is signed in may see what there is
    rows = db.session.scalars(select(FieldRow).order_by(FieldRow.position, FieldRow.key))
    return [FieldSettings(row.id, row.definition, row.version, row.retired_at) for row in rows]


def get_field(*, access: Access, field_id: str) -> FieldSettings:
    """
    Return a field.

    :raises NotFoundError: if there is none with this id
    """
    found = next((row for row in list_fields(access=access) if row.id == field_id), None)
    if found is None:
        raise NotFoundError
    return found


def definitions() -> dict[str, CustomField]:
    """Return every field by its key, in their order; asked once in a transaction."""

    def ask() -> dict[str, CustomField]:
        rows = db.session.scalars(select(FieldRow).order_by(FieldRow.position, FieldRow.key))
        return {row.key: row.definition for row in rows}

    return once_asked("custom fields", ask)


def fields_in_use() -> list[CustomField]:
    """Return the fields that were not archived, in their order."""
    return [field for field in definitions().values() if not field.is_retired]
