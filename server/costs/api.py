"""Costs for programs: the list with its filters, entering, correcting, deleting."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.costs import operations, queries
from server.costs.operations import CostEntry
from server.costs.queries import CostFilter, CostRow
from server.costs.schemas import (
    CostCorrectionSchema,
    CostEntrySchema,
    CostPageSchema,
    CostQuerySchema,
    CostRowSchema,
)
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.paging import Page
from server.platform.reporting import reporting
from server.platform.transaction import transaction
from server.teams.queries import team_with_descendants
from shared.time import Period, utc_now
from shared.vocabulary import Role

blueprint = Blueprint(
    "costs", __name__, url_prefix="/api/v1/costs", description="Money the company spent."
)
WRITERS = (Role.MANAGER, Role.ADMIN)


@blueprint.get("")
@signed_in(*WRITERS)
@blueprint.arguments(CostQuerySchema, location="query")
@blueprint.response(200, CostPageSchema)
def list_costs(query: dict[str, Any]) -> Page[CostRow]:
    """Return a page of the costs the caller may see, the latest day first."""
    where = CostFilter(
        period=Period(query["start"], query["end"]) if "start" in query else None,
        category=query.get("category"),
        rep_id=str(query["rep"]) if "rep" in query else None,
        team_ids=team_with_descendants(str(query["team"])) if "team" in query else None,
        source=query.get("source"),
    )
    return queries.list_costs(
        access=current_access(), where=where, page=query["page"], size=query["size"]
    )


@blueprint.get("/<uuid:cost_id>")
@signed_in(*WRITERS)
@blueprint.response(200, CostRowSchema)
def get_cost(cost_id: UUID) -> CostRow:
    """Return one cost."""
    return queries.get_cost(access=current_access(), cost_id=str(cost_id))


@blueprint.post("")
@signed_in(*WRITERS)
@blueprint.arguments(CostEntrySchema)
@blueprint.response(201, CostRowSchema)
def enter_cost(body: dict[str, Any]) -> CostRow:
    """Enter a cost of a rep, of a team or of the company."""
    access = current_access()
    with transaction():
        cost_id = operations.enter_cost(
            access=access,
            entry=_entry(body),
            at=utc_now(),
            today=business_today(),
        )
    return queries.get_cost(access=access, cost_id=cost_id)


@blueprint.put("/<uuid:cost_id>")
@signed_in(*WRITERS)
@blueprint.arguments(CostCorrectionSchema)
@blueprint.response(200, CostRowSchema)
def correct_cost(body: dict[str, Any], cost_id: UUID) -> CostRow:
    """Correct a cost, if nobody changed it since the version that was read."""
    access = current_access()
    with transaction():
        operations.correct_cost(
            access=access,
            cost_id=str(cost_id),
            entry=_entry(body),
            version=body["version"],
            at=utc_now(),
            today=business_today(),
        )
    return queries.get_cost(access=access, cost_id=str(cost_id))


@blueprint.delete("/<uuid:cost_id>")
@signed_in(*WRITERS)
@blueprint.response(204)
def delete_cost(cost_id: UUID) -> None:
    """Take a cost out of all numbers."""
    with transaction():
        operations.delete_cost(access=current_access(), cost_id=str(cost_id), at=utc_now())


@blueprint.post("/<uuid:cost_id>/restoration")
@signed_in(*WRITERS)
@blueprint.response(200, CostRowSchema)
def restore_cost(cost_id: UUID) -> CostRow:
    """Bring a deleted cost back."""
    access = current_access()
    with transaction():
        operations.restore_cost(access=access, cost_id=str(cost_id), at=utc_now())
    return queries.get_cost(access=access, cost_id=str(cost_id))


def _entry(body: dict[str, Any]) -> CostEntry:
    return CostEntry(
        category=body["category"],
        day=body["day"],
        rep_id=str(body["rep_id"]) if body["rep_id"] else None,
        team_id=str(body["team_id"]) if body["team_id"] else None,
        amount_minor=body["amount_minor"],
        currency=body["currency"] or reporting().currency,
        note=body["note"],
    )
