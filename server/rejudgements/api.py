"""Re-judgements for programs: the preview, the order, and those there were."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.platform.auth import current_access, signed_in
from server.platform.organisation import organisation
from server.platform.transaction import transaction
from server.rejudgements import operations, queries
from server.rejudgements.queries import RejudgementRow
from server.rejudgements.schemas import (
    PeriodSchema,
    PreviewSchema,
    RejudgementSchema,
    RejudgeSchema,
    UndoSchema,
)
from shared.time import Period, utc_now
from shared.vocabulary import Role

blueprint = Blueprint(
    "rejudgements",
    __name__,
    url_prefix="/api/v1/customers/<uuid:customer_id>",
    description="Judging past check-ins again by the customer's present point.",
)


@blueprint.get("/rejudgements/preview")
@signed_in(Role.MANAGER, Role.ADMIN)
@blueprint.arguments(PeriodSchema, location="query")
@blueprint.response(200, PreviewSchema)
def preview(query: dict[str, Any], customer_id: UUID) -> dict[str, Any]:
    """Return what a re-judgement would do, without doing it."""
    found = operations.preview(
        access=current_access(),
        customer_id=str(customer_id),
        period=Period(query["start"], query["end"]),
        default_radius_m=_radius_m(),
    )
    return {
        "latitude": found.fence.latitude,
        "longitude": found.fence.longitude,
        "radius_m": found.fence.radius_m,
        "location_version": found.fence.location_version,
        "judged": len(found.judged),
        "changing": len(found.changing),
        "counts": [
            {"before": before, "after": after, "check_ins": count}
            for (before, after), count in sorted(found.counts.items(), key=str)
        ],
        "seen": found.seen,
    }


@blueprint.get("/rejudgements")
@signed_in(Role.MANAGER, Role.ADMIN)
@blueprint.response(200, RejudgementSchema(many=True))
def list_rejudgements(customer_id: UUID) -> Sequence[RejudgementRow]:
    """Return the re-judgements of a customer's check-ins, the latest first."""
    return queries.rejudgements_of_customer(access=current_access(), customer_id=str(customer_id))


@blueprint.post("/rejudgements")
@signed_in(Role.MANAGER, Role.ADMIN)
@blueprint.arguments(RejudgeSchema)
@blueprint.response(201, RejudgementSchema)
def rejudge(body: dict[str, Any], customer_id: UUID) -> RejudgementRow:
    """Let the present point count for the check-ins of a period."""
    access = current_access()
    with transaction():
        made = operations.rejudge(
            access=access,
            customer_id=str(customer_id),
            period=Period(body["start"], body["end"]),
            default_radius_m=_radius_m(),
            reason=body["reason"],
            seen=body["seen"],
            at=utc_now(),
        ).id
    found = queries.rejudgements_of_customer(access=access, customer_id=str(customer_id))
    return next(row for row in found if row.id == made)


@blueprint.post("/rejudgements/<uuid:rejudgement_id>/undo")
@signed_in(Role.MANAGER, Role.ADMIN)
@blueprint.arguments(UndoSchema)
@blueprint.response(200, RejudgementSchema)
def undo(body: dict[str, Any], customer_id: UUID, rejudgement_id: UUID) -> RejudgementRow:
    """Let the verdicts from before count again; both decisions stay on record."""
    access = current_access()
    with transaction():
        operations.undo(
            access=access,
            customer_id=str(customer_id),
            rejudgement_id=str(rejudgement_id),
            reason=body["reason"],
            at=utc_now(),
        )
    found = queries.rejudgements_of_customer(access=access, customer_id=str(customer_id))
    return next(row for row in found if row.id == str(rejudgement_id))


def _radius_m() -> int:
    return organisation().geofence_radius_m
