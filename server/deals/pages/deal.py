"""The page of a deal, what is done to it there and on the board, and what visits show of it."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.deals.operations import deals as operations
from server.deals.operations import moves
from server.deals.pages.view import TONES, meant
from server.deals.queries import deals as queries
from server.deals.queries.deals import DealDetail, DealFilter, DealRow
from server.deals.queries.pipeline import list_stages
from server.deals.queries.reasons import lost_reasons
from server.platform import audit
from server.platform.auth import current_access, signed_in
from server.platform.errors import ProblemError
from server.platform.reporting import reporting
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.web import formats
from server.web.components import Amount, Event
from server.web.contributions import Contributor, contributions
from server.web.languages import current_language
from server.web.links import local_path
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import DealType, Role

blueprint = Blueprint("deal_pages", __name__, template_folder="../templates")

MOST_EVENTS = 40
_TYPES = {
    "": N_("Worked out from what was bought"),
    DealType.NEW: N_("First sale"),
    DealType.REPEAT: N_("Repeat sale"),
    DealType.UPSELL: N_("Up-sell"),
    DealType.CROSS_SELL: N_("Cross-sell"),
}


@blueprint.get("/deals/<uuid:deal_id>")
@signed_in()
def show(deal_id: UUID) -> ResponseReturnValue:
    """Show a deal with its history and lines."""
    return _render(_find(deal_id))


@blueprint.post("/deals/<uuid:deal_id>/stage")
@signed_in()
def move(deal_id: UUID) -> ResponseReturnValue:
    """Move a deal to another stage."""
    detail = _find(deal_id)
    names = {stage.key: gettext(stage.name) for stage in list_stages(access=current_access())}
    stage_key = request.form.get("stage", "")
    try:
        with transaction():
            deal = moves.move_deal(
                deal_id=detail.deal.id,
                stage_key=stage_key,
                base=request.form.get("base", ""),
                reason=meant(request.form.get("reason", "").strip()),
                at=utc_now(),
            )
            base = deal.version
    except ProblemError as problem:
        return _render(_find(deal_id), problem), problem.status
    if stage_key != detail.deal.stage_key:
        told = gettext("%(deal)s is now in %(stage)s.", deal=_name(detail), stage=names[stage_key])
        tell(_notice(told, url_for(".undo", deal_id=deal_id), base))
    return _back(deal_id)


@blueprint.post("/deals/<uuid:deal_id>/undo")
@signed_in()
def undo(deal_id: UUID) -> ResponseReturnValue:
    """Take the last move back."""
    detail = _find(deal_id)
    try:
        with transaction():
            moves.undo_move(
                deal_id=detail.deal.id,
                base=request.form.get("base", ""),
                at=utc_now(),
                by=current_access().user_id,
            )
    except ProblemError as problem:
        return _render(_find(deal_id), problem), problem.status
    tell(Notice(text=gettext("%(deal)s is back where it was.", deal=_name(detail))))
    return _back(deal_id)


@blueprint.post("/deals/<uuid:deal_id>/void")
@signed_in()
def void(deal_id: UUID) -> ResponseReturnValue:
    """Take a deal out of every number."""
    detail, at = _find(deal_id), utc_now()
    try:
        with transaction():
            operations.get_deal(detail.deal.id).expect(request.form.get("base", ""))
            base = operations.void_deal(deal_id=detail.deal.id, at=at).version
            _audit("deal.voided", detail)
    except ProblemError as problem:
        return _render(_find(deal_id), problem), problem.status
    told = gettext("%(deal)s is voided: it counts in no number any more.", deal=_name(detail))
    tell(_notice(told, url_for(".restore", deal_id=deal_id), base))
    return _back(deal_id)


@blueprint.post("/deals/<uuid:deal_id>/restore")
@signed_in()
def restore(deal_id: UUID) -> ResponseReturnValue:
    """Count a voided deal again."""
    detail = _find(deal_id)
    try:
        with transaction():
            operations.get_deal(detail.deal.id).expect(request.form.get("base", ""))
            operations.void_deal(deal_id=detail.deal.id, at=utc_now(), voided=False)
            _audit("deal.restored", detail)
    except ProblemError as problem:
        return _render(_find(deal_id), problem), problem.status
    tell(Notice(text=gettext("%(deal)s counts again.", deal=_name(detail))))
    return _back(deal_id)


@blueprint.post("/deals/<uuid:deal_id>/type")
@signed_in(Role.MANAGER, Role.ADMIN)
def set_type(deal_id: UUID) -> ResponseReturnValue:
    """Say what a sale was, or have it worked out again."""
    detail, wanted = _find(deal_id), request.form.get("type", "")
    try:
        with transaction():
            base = moves.set_type(
                deal_id=detail.deal.id,
                deal_type=DealType(wanted) if wanted in set(DealType) else None,
                base=request.form.get("base", ""),
                at=utc_now(),
                by=current_access().user_id,
            ).version
    except ProblemError as problem:
        return _render(_find(deal_id), problem), problem.status
    told = gettext("The kind of sale of %(deal)s is saved.", deal=_name(detail))
    notice = _notice(told, url_for(".set_type", deal_id=deal_id), base)
    tell(replace(notice, fields={**notice.fields, "type": detail.type_by_hand or ""}))
    return _back(deal_id)


def _find(deal_id: UUID) -> DealDetail:
    return queries.get_deal_detail(access=current_access(), deal_id=str(deal_id))


def _render(detail: DealDetail, problem: ProblemError | None = None) -> str:
    access = current_access()
    stages = list_stages(access=access)
    return render_template(
        "deals/show.html",
        detail=detail,
        deal=detail.deal,
        name=_name(detail),
        stages=stages,
        names={stage.key: gettext(stage.name) for stage in stages},
        tones=TONES,
        reasons=lost_reasons(access=access),
        problem=gettext(problem.title) if problem else "",
        reporting=reporting().currency,
        types=_TYPES if access.role is not Role.REP else {},
        panels=contributions("deal", deal_id=detail.deal.id),
        may_edit=access.role is not Role.REP or not detail.deal.kind.is_closed,
    )


def _name(detail: DealDetail) -> str:
    deal = detail.deal
    return deal.title or deal.customer_name or gettext("Deal")


def _notice(text: str, undo_url: str, base: int) -> Notice:
    fields = {"base": str(base), "next": request.form.get("next", "")}
    return Notice(text=text, undo_url=undo_url, fields=fields)


def _audit(action: str, detail: DealDetail) -> None:
    audit.record(
        action=action, at=utc_now(), user_id=current_access().user_id, subject=detail.deal.id
    )


def _back(deal_id: UUID) -> ResponseReturnValue:
    wanted = request.form.get("next", "")
    return redirect(local_path(wanted) if wanted else url_for(".show", deal_id=deal_id))


def _orders_of_visit(*, visit_id: str) -> str:
    orders = queries.orders_of_visit(access=current_access(), visit_id=visit_id)
    return render_template("deals/visit_orders.html", orders=orders)


def _amounts(*, visit_ids: Sequence[str]) -> dict[str, Amount]:
    amounts = queries.amounts_of_visits(access=current_access(), visit_ids=visit_ids)
    return {visit_id: Amount(*amount) for visit_id, amount in amounts.items()}


def _events_of_customer(*, customer_id: str) -> list[Event]:
    access = current_access()
    found = queries.list_deals(
        access=access, where=DealFilter(customer_id=customer_id), size=MOST_EVENTS
    )
    stages = {stage.key: stage for stage in list_stages(access=access)}
    settings = current_settings()
    language = current_language()
    return [
        Event(
            at=deal.changed_at,
            icon="receipt-text-outline" if deal.lead_day is None else "view-column-outline",
            title=deal.title or (gettext("Order") if deal.lead_day is None else gettext("Deal")),
            text=" · ".join(
                [
                    *_amounts_of(deal, language),
                    gettext(stages[deal.stage_key].name),
                    deal.owner_name,
                ]
            ),
            href=url_for("deal_pages.show", deal_id=deal.id),
            tone=TONES[deal.kind],
            time_zone=settings.time_zone,
        )
        for deal in found.rows
    ]


def _list_of_customer(*, code: str) -> tuple[str, str]:
    """Return the way to all deals of a customer."""
    return gettext("All deals"), url_for("pipeline_pages.index", q=code)


def _amounts_of(deal: DealRow, language: str) -> list[str]:
    """Return what a deal is worth, in another currency also what that is in the company's."""
    currency = reporting().currency
    amounts = [formats.money(deal.amount_minor, deal.currency, language=language)]
    if deal.currency != currency:
        amounts.append(
            gettext("waits for the exchange rate")
            if deal.base_amount_minor is None
            else formats.money(deal.base_amount_minor, currency, language=language)
        )
    return amounts


CONTRIBUTIONS: dict[str, Contributor] = {
    "visit": _orders_of_visit,
    "visit.amounts": _amounts,
    "customer.events": _events_of_customer,
    "customer.lists": _list_of_customer,
}
