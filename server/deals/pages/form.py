"""The form of a deal: a new one at a customer, or one that is corrected; with an undo."""

from functools import partial
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.currencies.operations.freezing import known_currencies
from server.currencies.queries import list_currencies
from server.customers.queries.customer import find_by_code, get_customer_row
from server.customers.queries.customers import CustomerRow
from server.deals.operations import editing
from server.deals.pages.fields import LONGEST, given_of, read, rows_of, typed
from server.deals.queries.deals import DealDetail, get_deal_detail
from server.deals.queries.pipeline import list_stages
from server.deals.queries.reasons import company_lead_sources, list_sources
from server.platform.auth import current_access, signed_in
from server.platform.errors import ProblemError
from server.platform.reporting import reporting
from server.platform.transaction import transaction
from server.products.queries import find_products
from server.web import formats
from server.web.contributions import Contributor
from server.web.filters import read_id
from server.web.forms import refusal, take_back, undoable
from server.web.languages import current_language
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import USUAL_LEAD_SOURCES, Role

blueprint = Blueprint("deal_form_pages", __name__, template_folder="../templates")

_MOST_SUGGESTED = 12


@blueprint.get("/deals/new")
@signed_in()
def new() -> ResponseReturnValue:
    """Show an empty form, for a customer or with a field for its code."""
    customer = _customer_of(read_id(request.args, "customer"))
    currency = (customer.currency if customer else "") or reporting().currency
    first = next((key for key, _ in _stages()), "")
    given = dict.fromkeys(LONGEST, "") | {"currency": currency, "stage": first}
    return _form(given, customer=customer)


@blueprint.post("/deals/new")
@signed_in()
def create() -> ResponseReturnValue:
    """Make a deal, or show the form again with what is wrong."""
    access, given = current_access(), typed()
    customer = _customer_of(read_id(request.form, "customer"))
    try:
        errors = {}
        code = given["customer_code"]
        if customer is None and code:
            customer = find_by_code(access=access, code=code)
        if customer is None:
            errors["customer_code"] = gettext("There is no customer of this code that you may see.")
        if given["stage"] not in dict(_stages()):
            errors["stage"] = gettext("Choose a stage.")
        form = read(given, access=access, errors=errors)
        assert customer is not None
        with transaction():
            deal = editing.enter_deal(
                access=access,
                customer_id=customer.id,
                stage_key=given["stage"],
                form=form,
                at=utc_now(),
            )
            deal_id, base = deal.id, str(deal.version)
    except ProblemError as error:
        return refusal(error, partial(_form, given, customer=customer))
    told = gettext("The deal of %(customer)s is entered.", customer=customer.name)
    undo_url = url_for("deal_pages.void", deal_id=deal_id)
    tell(Notice(text=told, undo_url=undo_url, fields={"base": base}))
    return redirect(url_for("deal_pages.show", deal_id=deal_id))


@blueprint.get("/deals/<uuid:deal_id>/edit")
@signed_in()
def edit(deal_id: UUID) -> ResponseReturnValue:
    """Show the form of a deal."""
    detail = _find(deal_id)
    return _form(given_of(detail), detail=detail)


@blueprint.post("/deals/<uuid:deal_id>/edit")
@signed_in()
def save(deal_id: UUID) -> ResponseReturnValue:
    """Keep what the form says; show it again, with what was typed, where something is wrong."""
    access, given, at = current_access(), typed(), utc_now()
    detail, base = _find(deal_id), request.form.get("base", "")
    try:
        form = read(given, access=access, detail=detail)
        with transaction():
            deal = editing.edit_deal(
                access=access, deal_id=detail.deal.id, form=form, base=base, at=at
            )
            is_changed = str(deal.version) != base
    except ProblemError as error:
        newer = _find(deal_id)
        return refusal(
            error,
            partial(_form, given, detail=newer),
            theirs=lambda: _differences(given_of(newer), given),
        )
    told = gettext("The deal is saved.")
    undo_url = url_for(".undo", deal_id=deal_id)
    tell(undoable(told, undo_url, at=at) if is_changed else Notice(text=told))
    return redirect(url_for("deal_pages.show", deal_id=deal_id))


@blueprint.post("/deals/<uuid:deal_id>/edit/undo")
@signed_in()
def undo(deal_id: UUID) -> ResponseReturnValue:
    """Bring back what stood in the form before it was saved."""
    access, detail = current_access(), _find(deal_id)
    take_back(
        partial(editing.undo_edit, access=access, deal_id=detail.deal.id),
        told=N_("The deal is as before."),
        at=utc_now(),
    )
    return redirect(url_for("deal_pages.show", deal_id=deal_id))


@blueprint.get("/deals/products")
@signed_in()
def suggest_products() -> ResponseReturnValue:
    """Return products whose code or name holds what is typed, as options of a line's field."""
    text = next(iter(request.args.values()), "").replace("\0", "").strip()[:80]
    found = find_products(access=current_access(), text=text, most=_MOST_SUGGESTED) if text else []
    return render_template("deals/products.html", products=found)


def _find(deal_id: UUID) -> DealDetail:
    """
    Return the deal that is to be corrected.

    :raises ClosedDealError: if it is closed, and the reader its rep
    """
    access = current_access()
    detail = get_deal_detail(access=access, deal_id=str(deal_id))
    if access.role is Role.REP and detail.deal.kind.is_closed:
        raise editing.ClosedDealError
    return detail


def _customer_of(customer_id: str) -> CustomerRow | None:
    access = current_access()
    return get_customer_row(access=access, customer_id=customer_id) if customer_id else None


def _stages() -> list[tuple[str, str]]:
    """Return key and name of the stages that a deal may begin in."""
    stages = list_stages(access=current_access())
    return [
        (stage.key, gettext(stage.name))
        for stage in stages
        if stage.kind in editing.FIRST_STAGES and not stage.archived
    ]


def _differences(present: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    return {
        name: present.get(name) or formats.NOTHING
        for name in {**present, **given}
        if present.get(name, "") != given.get(name, "") and name in present
    }


def _form(
    given: dict[str, str],
    *,
    detail: DealDetail | None = None,
    customer: CustomerRow | None = None,
    errors: dict[str, str] | None = None,
    theirs: dict[str, str] | None = None,
    problem: str = "",
) -> str:
    access, currency = current_access(), given["currency"]
    sources = [source.name for source in company_lead_sources(access=access)]
    currencies = list_currencies(reporting_currency=reporting().currency)
    currencies += [currency] if currency in known_currencies() - {*currencies} else []
    return render_template(
        "deals/form.html",
        given=given,
        rows=rows_of(given),
        longest=LONGEST,
        detail=detail,
        customer=customer,
        stages=_stages(),
        sources=list(
            dict.fromkeys([*(sources or USUAL_LEAD_SOURCES), *list_sources(access=access)])
        ),
        names={line.sku: line.product_name for line in detail.lines} if detail else {},
        currencies=[
            (code, formats.currency_name(code, language=current_language())) for code in currencies
        ],
        errors=errors or {},
        theirs=theirs,
        problem=problem,
    )


def _new_at_customer(*, customer: CustomerRow) -> str | None:
    """Return the link; a deal at a customer that nobody has would be nobody's."""
    if customer.owner_id is None:
        return None
    return render_template("deals/customer_action.html", customer_id=customer.id)


CONTRIBUTIONS: dict[str, Contributor] = {"customer.actions": _new_at_customer}
