"""Giving customers to a rep: one on its page, chosen ones or all of a list; with an undo."""

from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from server.customers.queries.customer import get_customer_row
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.teams.queries import RepRow, list_reps
from server.territories.operations import giving as operations
from server.territories.pages.chosen import EDITORS, back, seen_customers
from server.web import formats
from server.web.contributions import Contributor
from server.web.filters import read_id
from server.web.forms import carry_out, take_back, undoable
from server.web.languages import current_language
from server.web.notices import Notice
from shared.i18n import N_
from shared.time import utc_now

blueprint = Blueprint("territories_pages", __name__, template_folder="templates")


@blueprint.post("/customers/owners")
@signed_in(*EDITORS)
def give() -> ResponseReturnValue:
    """Give the customers that are ticked, or all that the address asks for, to a rep."""
    at, today = utc_now(), business_today()
    rep_id = read_id(request.form, "rep")

    def given() -> Notice:
        count = operations.give_customers(
            access=current_access(), seen=seen_customers(), rep_id=rep_id, at=at, day=today
        )
        name = next((rep.name for rep in _reps() if rep.id == rep_id), "")
        shown = formats.number(count, language=current_language())
        told = ngettext(
            "%(shown)s customer is %(name)s's from today on.",
            "%(shown)s customers are %(name)s's from today on.",
            count,
            shown=shown,
            name=name,
        )
        return undoable(told, url_for(".undo"), at=at) if count else Notice(text=told)

    carry_out(given)
    return back()


@blueprint.post("/customers/owners/undo")
@signed_in(*EDITORS)
def undo() -> ResponseReturnValue:
    """Give them back to whom they were taken from."""
    take_back(
        partial(operations.undo_giving, access=current_access(), day=business_today()),
        told=N_("The customers are as before."),
        at=utc_now(),
    )
    return redirect(url_for("customers_pages.index"))


def _reps() -> list[RepRow]:
    return list_reps(access=current_access(), day=business_today())


def _card_of_list(*, total: int | None) -> str | None:
    if current_access().role not in EDITORS:
        return None
    is_few = total is not None and total <= operations.MOST
    return render_template(
        "territories/list.html",
        reps=_reps(),
        total=total if is_few else None,
        are_closed=request.args.get("state") == "closed",
    )


def _card_of_customer(*, customer_id: str) -> str | None:
    access = current_access()
    if access.role not in EDITORS:
        return None
    customer = get_customer_row(access=access, customer_id=customer_id)
    return render_template("territories/customer.html", customer=customer, reps=_reps())


CONTRIBUTIONS: dict[str, Contributor] = {
    "customers.chosen": _card_of_list,
    "customer.last": _card_of_customer,
}
