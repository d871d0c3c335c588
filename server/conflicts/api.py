"""Conflicts and refused records for programs."""

from typing import Any

from flask_smorest import Blueprint

from server.conflicts import queries
from server.conflicts.queries import ConflictFilter, ConflictRow
from server.conflicts.schemas import ConflictPageSchema, ConflictQuerySchema
from server.platform.auth import current_access, signed_in
from server.platform.paging import Page
from server.teams.queries import team_with_descendants
from shared.sync.protocol import Status

blueprint = Blueprint(
    "conflicts",
    __name__,
    url_prefix="/api/v1/conflicts",
    description="What phones sent and was not taken as sent.",
)


@blueprint.get("")
@signed_in()
@blueprint.arguments(ConflictQuerySchema, location="query")
@blueprint.response(200, ConflictPageSchema)
def list_conflicts(query: dict[str, Any]) -> Page[ConflictRow]:
    """Return a page of the conflicts and refused records the caller may see, newest first."""
    where = ConflictFilter(
        is_open=query.get("open"),
        status=Status(query["status"]) if "status" in query else None,
        entity=query.get("entity", ""),
        rep_id=str(query["rep"]) if "rep" in query else None,
        team_ids=team_with_descendants(str(query["team"])) if "team" in query else None,
        search=query["search"],
    )
    return queries.list_conflicts(
        access=current_access(), where=where, page=query["page"], size=query["size"]
    )
