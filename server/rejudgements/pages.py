"""The page that judges a customer's past check-ins again, and cards on customer and visit."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from server.customers.queries.customer import get_customer_detail
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.organisation import organisation
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.rejudgements import operations, queries
from server.web import words
from server.web.contributions import Contributor
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from server.web.periods import PeriodChoice, read_period
from server.web.typed import typed_text
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("rejudgements_pages", __name__, template_folder="templates")

NAVIGATION: tuple[Entry, ...] = ()
DECIDERS = (Role.MANAGER, Role.ADMIN)
_MOST_LISTED = 100


@blueprint.get("/customers/<uuid:customer_id>/rejudge")
@signed_in(*DECIDERS)
def show(customer_id: UUID) -> ResponseReturnValue:
    """Show how many verdicts would change."""
    return _page(customer_id)


@blueprint.post("/customers/<uuid:customer_id>/rejudge")
@signed_in(*DECIDERS)
def rejudge(customer_id: UUID) -> ResponseReturnValue:
    """Do what the preview showed; show it anew where something is missing or has changed."""
    try:
        with transaction():
            made = operations.rejudge(
                access=current_access(),
                customer_id=str(customer_id),
                period=_period().period,
                default_radius_m=organisation().geofence_radius_m,
                reason=typed_text("reason", most=operations.LONGEST_REASON),
                seen=request.form.get("seen", ""),
                at=utc_now(),
            )
            changed = made.changed
    except NotFoundError:
        raise
    except ProblemError as problem:
        return _page(customer_id, problem=gettext(problem.title)), problem.status
    tell(
        Notice(
            text=ngettext(
                "%(num)s check-in has another verdict now.",
                "%(num)s check-ins have another verdict now.",
                changed,
            )
        )
    )
    return redirect(url_for("customer_pages.show", customer_id=customer_id))


@blueprint.post("/customers/<uuid:customer_id>/rejudgements/<uuid:rejudgement_id>/undo")
@signed_in(*DECIDERS)
def undo(customer_id: UUID, rejudgement_id: UUID) -> ResponseReturnValue:
    """Take a re-judgement back; what stands in the way is said on the customer's page."""
    try:
        with transaction():
            operations.undo(
                access=current_access(),
                customer_id=str(customer_id),
                rejudgement_id=str(rejudgement_id),
                reason=typed_text("reason", most=operations.LONGEST_REASON),
                at=utc_now(),
            )
    except NotFoundError:
        raise
    except ProblemError as problem:
        tell(Notice(text=gettext(problem.title), tone="warn"))
    else:
        tell(Notice(text=gettext("The verdicts from before count again.")))
    return redirect(url_for("customer_pages.show", customer_id=customer_id))


def _page(customer_id: UUID, *, problem: str = "") -> str:
    access = current_access()
    customer = get_customer_detail(access=access, customer_id=str(customer_id)).row
    chosen = _period()
    found = None
    try:
        found = operations.preview(
            access=access,
            customer_id=customer.id,
            period=chosen.period,
            default_radius_m=organisation().geofence_radius_m,
        )
    except (operations.NoPointError, operations.TooManyError) as refused:
        problem = problem or gettext(refused.title)
    return render_template(
        "rejudgements/show.html",
        customer=customer,
        chosen=chosen,
        found=found,
        listed=found.changing[:_MOST_LISTED] if found else (),
        reason=request.form.get("reason", ""),
        longest=operations.LONGEST_REASON,
        problem=problem,
        words=words,
    )


def _period() -> PeriodChoice:
    today = business_today()
    return read_period(request.values, today=today, first_day=today, default="quarter")


def _card_of_customer(*, customer_id: str) -> str | None:
    access = current_access()
    if access.role not in DECIDERS:
        return None
    return render_template(
        "rejudgements/customer.html",
        customer_id=customer_id,
        done=queries.rejudgements_of_customer(access=access, customer_id=customer_id),
        zone=current_settings().time_zone,
        longest=operations.LONGEST_REASON,
    )


def _card_of_visit(*, visit_id: str) -> str | None:
    done = queries.rejudgements_of_visit(access=current_access(), visit_id=visit_id)
    if not done:
        return None
    return render_template(
        "rejudgements/visit.html", done=done, words=words, zone=current_settings().time_zone
    )


CONTRIBUTIONS: dict[str, Contributor] = {
    "customer.last": _card_of_customer,
    "visit": _card_of_visit,
}
