"""Converting amounts again, and putting them back: orders beside the list of exchange rates."""

from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from server.currencies.models import Conversion
from server.currencies.operations import conversions
from server.currencies.operations.conversions import Done
from server.currencies.pages.rates import day_of_form, list_page, told
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import ProblemError
from server.platform.reporting import reporting
from server.platform.transaction import transaction
from server.web.forms import carry_out
from server.web.notices import Notice, tell
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("conversions_pages", __name__, template_folder="../templates")


@blueprint.post("/exchange-rates/<uuid:rate_id>/conversion")
@signed_in(Role.ADMIN)
def convert_again(rate_id: UUID) -> ResponseReturnValue:
    """Convert what stands at a rate as it was before it was corrected."""
    carry_out(
        lambda: _notice(
            conversions.convert_again(
                rate_id=str(rate_id), at=utc_now(), by=current_access().user_id
            )
        )
    )
    return redirect(url_for("currencies_pages.index"))


@blueprint.post("/exchange-rates/conversions/<uuid:conversion_id>/undo")
@signed_in(Role.ADMIN)
def undo_conversion(conversion_id: UUID) -> ResponseReturnValue:
    """Put amounts back where they stood before an order."""

    def undone() -> Notice:
        order, amounts = conversions.undo_conversion(
            conversion_id=str(conversion_id), at=utc_now(), by=current_access().user_id
        )
        words = ngettext("%(num)s amount is as before.", "%(num)s amounts are as before.", amounts)
        if left := order.amounts - amounts:
            words += " " + ngettext(
                "%(num)s got another rate since and stays.",
                "%(num)s got another rate since and stay.",
                left,
            )
        undo_url, fields = _redo(order)
        return Notice(text=words, undo_url=undo_url, fields=fields)

    carry_out(undone)
    return redirect(url_for("currencies_pages.index"))


@blueprint.post("/exchange-rates/conversion")
@signed_in(Role.ADMIN)
def convert_period() -> ResponseReturnValue:
    """Convert the amounts of a period anew, at the rates as they are now."""
    try:
        first, last = day_of_form("first"), day_of_form("last")
        with transaction():
            done = conversions.convert_period(
                first=first,
                last=last,
                currency=request.form.get("currency") or None,
                reporting_currency=reporting().currency,
                at=utc_now(),
                today=business_today(),
                by=current_access().user_id,
            )
    except ProblemError as problem:
        return list_page(problem), problem.status
    tell(_notice(done))
    return redirect(url_for("currencies_pages.index"))


def _redo(order: Conversion) -> tuple[str, dict[str, str]]:
    """Return the form that gives the same order once more."""
    if order.rate_id is not None:
        return url_for(".convert_again", rate_id=order.rate_id), {}
    period = {"first": order.first.isoformat(), "last": order.last.isoformat()}
    return url_for(".convert_period"), period | {"currency": order.currency or ""}


def _notice(done: Done) -> Notice:
    undo_url = ""
    if done.conversion_id is not None:
        undo_url = url_for(".undo_conversion", conversion_id=done.conversion_id)
    return Notice(text=told(done.amounts).strip(), undo_url=undo_url)
