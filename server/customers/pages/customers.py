"""The list of customers.

Slots are open to higher features: `customers.figures` is called with `customer_ids` and returns
`{customer_id: CustomerFigures}`; `customers.columns` returns the same figures as columns beside a
row of `Customer`, `last_visit` and `won`; `customers.filter` is told of where it is asked;
`customers.chosen` is called with the `total` of the list, None where it is too long to be counted,
and returns HTML with a form `chosen`, which gets the `customer`s that are ticked, with owners.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.customers.queries.customers import (
    BY_NAME,
    CustomerFilter,
    CustomerRow,
    Figures,
    each_customer,
    list_customers,
)
from server.customers.schemas.lists import CustomerSearch, read_customer_search
from server.fields.queries import fields_in_use
from server.platform import paging
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.reporting import reporting
from server.platform.settings import current_settings
from server.web.components import Column, CustomerFigures, Pages, read_page
from server.web.contributions import Contributor, contributions
from server.web.downloads import ROUTE, download
from server.web.field_values import value_cell, value_words
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.search import MOST_COUNTED, MOST_HITS, Hit, SearchGroup
from shared.custom_fields import CustomField
from shared.i18n import N_
from shared.money import to_major
from shared.vocabulary import CustomerClass, Role

blueprint = Blueprint("customers_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="customers_pages.index",
        label=N_("Customers"),
        icon="storefront-outline",
        position=32,
        key="c",
        features=("customer_pages", "coverage_pages"),
    ),
)
PAGE_SIZE = 50
EDITORS = (Role.MANAGER, Role.ADMIN)
"""Who enters customers and changes what is kept of them."""
CLASS_TONES = {CustomerClass.A: "accent", CustomerClass.B: "info", CustomerClass.C: "unknown"}
_NOBODY = "none"


@blueprint.get("/customers")
@signed_in()
def index() -> ResponseReturnValue:
    """List customers."""
    search = _read_search()
    sort = request.args.get("sort", BY_NAME)
    found = list_customers(
        access=current_access(),
        where=search.where,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=sort,
        figures=_columns(),
        most_counted=paging.MOST_COUNTED,
    )
    return render_template(
        "customers/index.html",
        search=search,
        customers=found.rows,
        figures=_figures([row.id for row in found.rows]),
        chosen=contributions("customers.chosen", total=None if found.is_more else found.total),
        pages=Pages.of(found),
        may_enter=current_access().role in EDITORS,
        own_words=value_words,
        class_tones=CLASS_TONES,
        currency=current_settings().reporting_currency,
        sort=sort,
        columns=(
            Column(label=gettext("Customer"), key="name", is_number=False),
            Column(label=gettext("Class"), key="class", is_number=False),
            Column(label=gettext("City"), key="city", is_number=False),
            Column(label=gettext("Rep"), key="rep", is_number=False),
            Column(label=gettext("Last visit"), key="last_visit", is_number=False),
            Column(
                label=gettext("Twelve months"),
                key="won",
                hint=gettext("Won in the last twelve months"),
            ),
        ),
    )


@blueprint.get(f"/customers.{ROUTE}")
@signed_in()
def export(kind: str) -> ResponseReturnValue:
    """Download the whole list, as filtered."""
    search = _read_search()
    header = [
        gettext("Code"),
        gettext("Customer"),
        gettext("Class"),
        gettext("Contact"),
        gettext("Phone"),
        gettext("Address"),
        gettext("City"),
        gettext("Latitude"),
        gettext("Longitude"),
        gettext("Rep"),
        gettext("Prospect"),
        gettext("Currency"),
        gettext("Closed on"),
        gettext("Last visit"),
        gettext("Won in twelve months, in %(currency)s", currency=reporting().currency),
    ]
    own = fields_in_use()
    header += [field.label_in(current_language()) for field in own]
    rows = each_customer(
        access=current_access(),
        where=search.where,
        sort=request.args.get("sort", BY_NAME),
        figures=_columns(),
    )
    name = f"tapak-customers-{business_today()}"
    return download(
        name, header, (_export_row(*row) + _own_cells(row[0], own) for row in rows), kind=kind
    )


def _read_search() -> CustomerSearch:
    return read_customer_search(
        access=current_access(), today=business_today(), arguments=request.args
    )


def _search(*, text: str) -> SearchGroup:
    found = list_customers(
        access=current_access(),
        where=CustomerFilter(search=text),
        size=MOST_HITS,
        most_counted=MOST_COUNTED,
    )
    return SearchGroup(
        label=gettext("Customers"),
        icon="storefront-outline",
        total=found.total,
        is_more=found.is_more,
        hits=tuple(
            Hit(
                title=row.name,
                text=" · ".join(part for part in (row.code, row.city, row.phone) if part),
                href=url_for("customer_pages.show", customer_id=row.id),
            )
            for row in found.rows
        ),
        more_url=url_for("customers_pages.index", q=text),
    )


CONTRIBUTIONS: dict[str, Contributor] = {"search": _search}


def _figures(customer_ids: list[str]) -> dict[str, CustomerFigures]:
    merged: dict[str, CustomerFigures] = {}
    for figures in contributions("customers.figures", customer_ids=customer_ids):
        merged |= figures
    return merged


def _columns() -> Figures:
    return {
        name: column
        for columns in contributions("customers.columns")
        for name, column in columns.items()
    }


def _own_cells(row: CustomerRow, fields: Sequence[CustomField]) -> list[object]:
    return [value_cell(field, row.custom_fields.get(field.key)) for field in fields]


def _export_row(row: CustomerRow, figures: Mapping[str, Any]) -> list[object]:
    currency = reporting().currency
    won = figures.get("won")
    return [
        row.code,
        row.name,
        str(row.customer_class),
        row.contact_name,
        row.phone,
        row.address,
        row.city,
        row.latitude,
        row.longitude,
        row.owner_name,
        gettext("yes") if row.is_prospect else "",
        row.currency or currency,
        row.closed_on,
        figures.get("last_visit"),
        "" if won is None else to_major(int(won), currency),
    ]
