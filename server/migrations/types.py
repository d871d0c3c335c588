"""How a migration file writes our column types: as plain SQLAlchemy ones.

A migration must mean the same in ten years, so it does not import the application's types.
"""

from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext

from server.platform.database import ExactDecimal, Id, UtcDateTime


def render_type(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Return the source text of a type, or False for Alembic's own way."""
    if kind == "type" and isinstance(item, Id):
        return "sa.Uuid(as_uuid=False)"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, ExactDecimal):
        return "sa.String(40)"
    return False
