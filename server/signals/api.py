"""Signals for programs: the list, the rep's answer, the manager's decision."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.platform.auth import current_access, signed_in
from server.platform.paging import Page
from server.platform.transaction import transaction
from server.signals import queries
from server.signals.operations import review
from server.signals.queries import SignalFilter, SignalRow
from server.signals.schemas import (
    AnswerSchema,
    DecisionSchema,
    DecisionsSchema,
    SignalPageSchema,
    SignalQuerySchema,
    SignalSchema,
)
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("signals", __name__, url_prefix="/api/v1/signals", description="Signals.")


@blueprint.get("")
@signed_in()
@blueprint.arguments(SignalQuerySchema, location="query")
@blueprint.response(200, SignalPageSchema)
def list_signals(query: dict[str, Any]) -> Page[SignalRow]:
    """Return a page of the signals the caller may see, the latest day first."""
    return queries.list_signals(
        access=current_access(),
        where=SignalFilter(
            decided=query.get("decided"),
            rule=query.get("rule"),
            rep_id=str(query["rep"]) if "rep" in query else None,
        ),
        page=query["page"],
        size=query["size"],
    )


@blueprint.get("/<uuid:signal_id>")
@signed_in()
@blueprint.response(200, SignalSchema)
def get_signal(signal_id: UUID) -> SignalRow:
    """Return one signal with its review."""
    return queries.get_signal(access=current_access(), signal_id=str(signal_id))


@blueprint.post("/<uuid:signal_id>/answer")
@signed_in()
@blueprint.arguments(AnswerSchema)
@blueprint.response(200, SignalSchema)
def answer(body: dict[str, Any], signal_id: UUID) -> SignalRow:
    """Keep the rep's one answer."""
    access = current_access()
    with transaction():
        review.answer(access=access, signal_id=str(signal_id), text=body["answer"], at=utc_now())
    return queries.get_signal(access=access, signal_id=str(signal_id))


@blueprint.post("/<uuid:signal_id>/decision")
@signed_in(Role.MANAGER, Role.ADMIN)
@blueprint.arguments(DecisionSchema)
@blueprint.response(200, SignalSchema)
def decide(body: dict[str, Any], signal_id: UUID) -> SignalRow:
    """Keep a manager's decision with its reason."""
    access = current_access()
    with transaction():
        review.decide(
            access=access,
            signal_ids=[str(signal_id)],
            decision=body["decision"],
            reason=body["reason"],
            at=utc_now(),
        )
    return queries.get_signal(access=access, signal_id=str(signal_id))


@blueprint.post("/decisions")
@signed_in(Role.MANAGER, Role.ADMIN)
@blueprint.arguments(DecisionsSchema)
@blueprint.response(204)
def decide_many(body: dict[str, Any]) -> None:
    """Keep one decision about several signals: about all of them, or none."""
    with transaction():
        review.decide(
            access=current_access(),
            signal_ids={str(signal_id) for signal_id in body["signals"]},
            decision=body["decision"],
            reason=body["reason"],
            at=utc_now(),
        )
