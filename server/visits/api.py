"""Visits for programs: the list with its filters, and one with its evidence."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.platform.auth import current_access, signed_in
from server.platform.paging import Page
from server.teams.queries import team_with_descendants
from server.visits import queries
from server.visits.queries import VisitDetail, VisitFilter, VisitRow
from server.visits.schemas import VisitDetailSchema, VisitPageSchema, VisitQuerySchema
from shared.time import Period

blueprint = Blueprint("visits", __name__, url_prefix="/api/v1/visits", description="Visits.")


@blueprint.get("")
@signed_in()
@blueprint.arguments(VisitQuerySchema, location="query")
@blueprint.response(200, VisitPageSchema)
def list_visits(query: dict[str, Any]) -> Page[VisitRow]:
    """Return a page of the visits the caller may see, newest first."""
    return queries.list_visits(
        access=current_access(),
        where=_filter(query),
        page=query["page"],
        size=query["size"],
    )


@blueprint.get("/<uuid:visit_id>")
@signed_in()
@blueprint.response(200, VisitDetailSchema)
def get_visit(visit_id: UUID) -> VisitDetail:
    """Return one visit with the evidence of its check-in and check-out."""
    return queries.get_visit_detail(access=current_access(), visit_id=str(visit_id))


def _filter(query: dict[str, Any]) -> VisitFilter:
    return VisitFilter(
        period=Period(query["start"], query["end"]) if "start" in query else None,
        rep_id=_text(query.get("rep")),
        team_ids=team_with_descendants(str(query["team"])) if "team" in query else None,
        customer_id=_text(query.get("customer")),
        verdict=query.get("verdict"),
        time_trust=query.get("time_trust"),
        state=query.get("state"),
        planned=query.get("planned"),
        search=query["search"],
    )


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
