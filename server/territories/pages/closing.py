"""Putting customers away that are closed or lost, and bringing them back; each with an undo."""

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.territories.operations import closing
from server.territories.pages.chosen import EDITORS, back, seen_customers
from server.web import formats
from server.web.filters import read_id
from server.web.forms import carry_out, time_of_notice, undoable
from server.web.languages import current_language
from server.web.notices import Notice
from shared.time import utc_now

blueprint = Blueprint("closing_pages", __name__, template_folder="../templates")


@blueprint.post("/customers/closing")
@signed_in(*EDITORS)
def close() -> ResponseReturnValue:
    """Put away the customers that are ticked, or all that the address asks for."""
    at, today = utc_now(), business_today()

    def closed() -> Notice:
        count = closing.close_customers(
            access=current_access(), seen=seen_customers(), at=at, day=today
        )
        told = ngettext(
            "%(shown)s customer is closed from today on.",
            "%(shown)s customers are closed from today on.",
            count,
            shown=formats.number(count, language=current_language()),
        )
        return undoable(told, url_for(".undo_closing"), at=at)

    carry_out(closed)
    return back()


@blueprint.post("/customers/reopening")
@signed_in(*EDITORS)
def reopen() -> ResponseReturnValue:
    """Bring back those that are ticked, or all that the address asks for, to a rep."""
    at, today = utc_now(), business_today()
    rep_id = read_id(request.form, "rep") or None

    def reopened() -> Notice:
        count = closing.reopen_customers(
            access=current_access(), seen=seen_customers(), rep_id=rep_id, at=at, day=today
        )
        told = ngettext(
            "%(shown)s customer is open again from today on.",
            "%(shown)s customers are open again from today on.",
            count,
            shown=formats.number(count, language=current_language()),
        )
        return undoable(told, url_for(".undo_reopening"), at=at)

    carry_out(reopened)
    return back()


@blueprint.post("/customers/closing/undo")
@signed_in(*EDITORS)
def undo_closing() -> ResponseReturnValue:
    """Bring back what was put away a moment ago, into the plans, too."""
    return _take_back(closing.undo_closing)


@blueprint.post("/customers/reopening/undo")
@signed_in(*EDITORS)
def undo_reopening() -> ResponseReturnValue:
    """Put away again what was brought back a moment ago."""
    return _take_back(closing.undo_reopening)


def _take_back(undo: Callable[..., None]) -> ResponseReturnValue:
    def undone() -> Notice:
        undo(access=current_access(), day=business_today(), done_at=time_of_notice(), at=utc_now())
        return Notice(text=gettext("The customers are as before."))

    carry_out(undone)
    return redirect(url_for("customers_pages.index"))
