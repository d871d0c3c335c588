"""The company's custom fields of customers on the phone, and what a customer has in them."""

import json
import sqlite3
from typing import Any

from shared.custom_fields import CustomField, field_of
from shared.vocabulary import FieldKind

_KINDS = frozenset(map(str, FieldKind))
_TEXTS = ("key", "kind", "position", "label", "label_id", "hint", "hint_id")
_FLAGS = ("is_required", "by_reps", "is_retired")


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a definition on the wire as columns."""
    return {
        **{name: row[name] for name in _TEXTS},
        **{name: int(row[name]) for name in _FLAGS},
        "choices": json.dumps(row["choices"]),
    }


def definitions(connection: sqlite3.Connection) -> dict[str, CustomField]:
    """Return the fields by their key, in their order; those that were archived too."""
    return {
        row["key"]: field_of({**dict(row), "choices": json.loads(row["choices"])})
        for row in connection.execute("SELECT * FROM custom_field ORDER BY position, key")
        # A newer server may have a kind that this app does not know.
        if row["kind"] in _KINDS
    }


def values(customer: sqlite3.Row) -> dict[str, Any]:
    """Return what a customer has, by key."""
    found: dict[str, Any] = json.loads(customer["custom_fields"])
    return found
