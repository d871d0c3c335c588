"""Deals for programs: the list with its filters, and one with its lines and history."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.deals.operations import moves, reasons
from server.deals.queries import deals as queries
from server.deals.queries import funnel, pipeline
from server.deals.queries.deals import DealDetail, DealFilter, DealRow
from server.deals.queries.pipeline import StageRow
from server.deals.queries.reasons import WordRow, company_lead_sources, company_lost_reasons
from server.deals.schemas import (
    DealDetailSchema,
    DealPageSchema,
    DealQuerySchema,
    FunnelQuerySchema,
    FunnelStepSchema,
    KindOfSaleSchema,
    LeadSourceSchema,
    LostReasonSchema,
    ProbabilitySchema,
    StageSchema,
)
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.paging import Page
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.teams.queries import team_with_descendants
from shared.time import Period, business_day, utc_now
from shared.vocabulary import Role

blueprint = Blueprint("deals", __name__, url_prefix="/api/v1/deals", description="Deals.")


@blueprint.get("")
@signed_in()
@blueprint.arguments(DealQuerySchema, location="query")
@blueprint.response(200, DealPageSchema)
def list_deals(query: dict[str, Any]) -> Page[DealRow]:
    """Return a page of the deals the caller may see, latest change first."""
    closed = None
    if "closed_from" in query:
        closed = Period(query["closed_from"], query["closed_to"])
    where = DealFilter(
        closed=closed,
        kind=query.get("kind"),
        owner_id=_text(query.get("owner")),
        team_ids=team_with_descendants(str(query["team"])) if "team" in query else None,
        customer_id=_text(query.get("customer")),
    )
    return queries.list_deals(
        access=current_access(), where=where, page=query["page"], size=query["size"]
    )


@blueprint.get("/<uuid:deal_id>")
@signed_in()
@blueprint.response(200, DealDetailSchema)
def get_deal(deal_id: UUID) -> DealDetail:
    """Return one deal with its lines and history."""
    return queries.get_deal_detail(access=current_access(), deal_id=str(deal_id))


@blueprint.put("/<uuid:deal_id>/type")
@signed_in(Role.MANAGER, Role.ADMIN)
@blueprint.arguments(KindOfSaleSchema)
@blueprint.response(200, DealDetailSchema)
def set_kind_of_sale(sale: dict[str, Any], deal_id: UUID) -> DealDetail:
    """Say by hand whether a won deal was the first, a repeat, an up-sell or a cross-sell."""
    access = current_access()
    seen = queries.get_deal_detail(access=access, deal_id=str(deal_id)).deal
    with transaction():
        moves.set_type(
            deal_id=seen.id,
            deal_type=sale["type"],
            base=sale["version"],
            at=utc_now(),
            by=access.user_id,
        )
    return queries.get_deal_detail(access=access, deal_id=seen.id)


@blueprint.put("/stages/<string:key>/probability")
@signed_in(Role.ADMIN)
@blueprint.arguments(ProbabilitySchema)
@blueprint.response(204)
def set_stage_probability(probability: dict[str, Any], key: str) -> None:
    """Set how likely deals in a stage are won, from today on; past pipelines keep theirs."""
    settings = current_settings()
    now = utc_now()
    with transaction():
        moves.set_stage_probability(
            stage_key=key,
            percent=probability["percent"],
            day=business_day(now, settings.time_zone),
            at=now,
            by=current_access().user_id,
        )


@blueprint.get("/stages")
@signed_in()
@blueprint.response(200, StageSchema(many=True))
def list_stages() -> list[StageRow]:
    """Return the stages of the pipeline in their order."""
    return pipeline.list_stages(access=current_access())


@blueprint.get("/funnel")
@signed_in()
@blueprint.arguments(FunnelQuerySchema, location="query")
@blueprint.response(200, FunnelStepSchema(many=True))
def get_funnel(query: dict[str, Any]) -> list[dict[str, Any]]:
    """Return for each stage how far the leads of a period came, and what stands in it now."""
    access, today = current_access(), business_today()
    where = DealFilter(
        owner_id=_text(query.get("rep")),
        team_ids=team_with_descendants(str(query["team"])) if "team" in query else None,
        source=query.get("source"),
    )
    period = Period(query["start"], query["end"])
    return [
        {
            "step": step,
            "deals": load.deals if load else 0,
            "amount_minor": load.amount_minor if load else 0,
            "weighted_minor": load.weighted_minor if load else 0,
        }
        for step, load in funnel.funnel_with_loads(
            access=access, where=where, leads_of=period, today=today
        )
    ]


@blueprint.get("/lost-reasons")
@signed_in()
@blueprint.response(200, LostReasonSchema(many=True))
def list_lost_reasons() -> list[WordRow]:
    """Return the company's reasons for losing a deal, in their order."""
    return company_lost_reasons(access=current_access())


@blueprint.put("/lost-reasons")
@signed_in(Role.ADMIN)
@blueprint.arguments(LostReasonSchema(many=True))
@blueprint.response(200, LostReasonSchema(many=True))
def set_lost_reasons(body: list[dict[str, str]]) -> list[WordRow]:
    """Make these the reasons reps choose from, in this order; phones have them after a sync."""
    access = current_access()
    with transaction():
        reasons.set_lost_reasons(
            reasons=[(reason["key"], reason["name"]) for reason in body],
            at=utc_now(),
            by=access.user_id,
        )
    return company_lost_reasons(access=access)


@blueprint.get("/lead-sources")
@signed_in()
@blueprint.response(200, LeadSourceSchema(many=True))
def list_lead_sources() -> list[WordRow]:
    """Return where the company's leads come from; none where the usual words stand."""
    return company_lead_sources(access=current_access())


@blueprint.put("/lead-sources")
@signed_in(Role.ADMIN)
@blueprint.arguments(LeadSourceSchema(many=True))
@blueprint.response(200, LeadSourceSchema(many=True))
def set_lead_sources(body: list[dict[str, str]]) -> list[WordRow]:
    """Make these the sources reps choose from, in this order; phones have them after a sync."""
    access = current_access()
    with transaction():
        reasons.set_lead_sources(
            sources=[(source["key"], source["name"]) for source in body],
            at=utc_now(),
            by=access.user_id,
        )
    return company_lead_sources(access=access)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
