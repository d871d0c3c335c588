"""The page of one customer: all that is known of it, in one place, and its form.

Slots are open to higher features, called with `customer_id`: `customer` returns HTML of a card,
`customer.side` of one beside, `customer.last` of one that is seldom needed, and `customer.events` a
list of `server.web.components.Event`. `customer.actions`, called with the `customer`'s row, returns
HTML of a link at the head; `customer.lists`, called with the customer's `code`, a label and address
where all of something stand.
"""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.customers import operations
from server.customers.pages.customers import CLASS_TONES, EDITORS
from server.customers.queries.customer import (
    CustomerDetail,
    changes_of_customer,
    get_customer_detail,
    survivor_of,
    tenures_of_customer,
)
from server.customers.queries.customers import CustomerRow
from server.customers.schemas import form
from server.fields.queries import definitions
from server.platform.auth import current_access, signed_in
from server.platform.errors import ProblemError
from server.platform.organisation import organisation
from server.platform.reporting import reporting
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.web import formats, words
from server.web.contributions import contributions
from server.web.field_values import field_label, value_words
from server.web.forms import take_back, undoable
from server.web.languages import current_language
from server.web.notices import Notice, tell
from shared.custom_fields import PREFIX
from shared.i18n import N_
from shared.time import utc_now

blueprint = Blueprint("customer_pages", __name__, template_folder="../templates")

MOST_EVENTS = 30


@blueprint.get("/customers/<uuid:customer_id>")
@signed_in()
def show(customer_id: UUID) -> ResponseReturnValue:
    """Show a customer from all sides; lead on from one that was merged into another."""
    access = current_access()
    if survivor_id := survivor_of(access=access, customer_id=str(customer_id)):
        return redirect(url_for(".show", customer_id=survivor_id))
    settings = current_settings()
    detail = _find(customer_id)
    customer_id_ = detail.row.id
    events = [
        event
        for found in contributions("customer.events", customer_id=customer_id_)
        for event in found
    ]
    events.sort(key=lambda event: event.at, reverse=True)
    return render_template(
        "customers/show.html",
        detail=detail,
        customer=detail.row,
        class_tones=CLASS_TONES,
        tenures=tenures_of_customer(access=access, customer_id=customer_id_),
        changes=changes_of_customer(access=access, customer_id=customer_id_),
        own_values=_own_values(detail),
        changed_value=_changed_value,
        labels={name: gettext(label) for name, (label, _) in form.FIELDS.items()}
        | {"code": gettext("Code")}
        | {field.name: field_label(definitions(), key) for key, field in definitions().items()}
        | {str(verdict): gettext(word.label) for verdict, word in words.VERDICTS.items()},
        panels=contributions("customer", customer_id=customer_id_),
        side_panels=contributions("customer.side", customer_id=customer_id_),
        last_panels=contributions("customer.last", customer_id=customer_id_),
        lists=contributions("customer.lists", code=detail.row.code),
        map=_map(detail.row, detail.radius_m),
        tiles=current_app.config["MAP_TILES_URL"],
        actions=contributions("customer.actions", customer=detail.row),
        events=events[:MOST_EVENTS],
        currency=formats.currency_name(
            detail.row.currency or reporting().currency, language=current_language()
        ),
        may_edit=access.role in EDITORS,
        zone=settings.time_zone,
        now=utc_now(),
    )


@blueprint.get("/customers/<uuid:customer_id>/edit")
@signed_in(*EDITORS)
def edit(customer_id: UUID) -> ResponseReturnValue:
    """Show the form."""
    detail = _find(customer_id)
    return _form(detail, form.present(detail))


@blueprint.post("/customers/<uuid:customer_id>/edit")
@signed_in(*EDITORS)
def save(customer_id: UUID) -> ResponseReturnValue:
    """Keep what the form says; show it again, with what was typed, where something is wrong."""
    detail, at = _find(customer_id), utc_now()
    given = form.typed()
    base = request.form.get("base", "")
    try:
        with transaction():
            customer = operations.edit_customer(
                customer_id=detail.row.id,
                fields=form.read(given),
                base=base,
                at=at,
                by=current_access().user_id,
            )
            is_changed = str(customer.version) != base
    except ProblemError as problem:
        return _form(_find(customer_id), given, problem), problem.status
    told = gettext("%(name)s is saved.", name=given["name"])
    undo_url = url_for(".undo", customer_id=customer_id)
    tell(undoable(told, undo_url, at=at) if is_changed else Notice(text=told))
    return redirect(url_for(".show", customer_id=customer_id))


@blueprint.post("/customers/<uuid:customer_id>/undo")
@signed_in(*EDITORS)
def undo(customer_id: UUID) -> ResponseReturnValue:
    """Bring back what stood in the form before it was saved."""
    detail = _find(customer_id)
    by = current_access().user_id
    take_back(
        partial(operations.undo_edit, customer_id=detail.row.id, by=by),
        told=N_("The customer is as before."),
        at=utc_now(),
    )
    return redirect(url_for(".show", customer_id=customer_id))


def _map(customer: CustomerRow, radius_m: int | None) -> dict[str, Any] | None:
    """Return what the map draws: the point with its fence; None without a point."""
    if customer.latitude is None:
        return None
    return {
        "customer": customer.name,
        "fence": {
            "at": [customer.latitude, customer.longitude],
            "radius_m": radius_m or organisation().geofence_radius_m,
        },
        "track": [],
        "others": [],
        "events": [],
    }


def _find(customer_id: UUID) -> CustomerDetail:
    return get_customer_detail(access=current_access(), customer_id=str(customer_id))


def _own_values(detail: CustomerDetail) -> list[tuple[str, str]]:
    """Return label and value of each custom field it has; columns of imports keep their names."""
    defined = definitions()
    values = detail.row.custom_fields
    shown = [key for key in defined if key in values]
    return [
        (field_label(defined, key), _changed_value(PREFIX + key, values[key]))
        for key in [*shown, *(key for key in values if key not in defined)]
    ]


def _changed_value(name: str, value: Any) -> str:
    """Return what stood or stands in a field of a customer, in words."""
    field = definitions().get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    if field is not None:
        return value_words(field, value)
    return formats.NOTHING if value in (None, "") else str(value)


def _form(
    detail: CustomerDetail, given: dict[str, str], problem: ProblemError | None = None
) -> str:
    return render_template(
        "customers/edit.html",
        detail=detail,
        customer=detail.row,
        own_values=detail.row.custom_fields,
        problem=gettext(problem.title) if problem else "",
        **form.for_template(given, problem),
    )
