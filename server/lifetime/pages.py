"""The page of what customers are predicted to buy, with the data behind the prediction."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.customers.schemas.lists import CustomerSearch, read_customer_search
from server.lifetime import queries
from server.lifetime.schemas import PROBLEMS
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.settings import current_settings
from server.web.components import Column, Pages, read_page
from server.web.downloads import ROUTE, download
from server.web.navigation import Entry
from shared.i18n import N_
from shared.money import to_major

blueprint = Blueprint("lifetime_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="lifetime_pages.index",
        label=N_("Customer value"),
        icon="account-group-outline",
        position=34,
    ),
)
PAGE_SIZE = 50
MOST_VALUABLE = "-value"


@blueprint.get("/lifetime")
@signed_in()
def index() -> ResponseReturnValue:
    """List the caller's customers by what they are predicted to buy."""
    search, sort = _search(), request.args.get("sort", MOST_VALUABLE)
    settings = current_settings()
    found = queries.list_customer_lifetimes(
        access=current_access(),
        where=search.where,
        sort=sort,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
    )
    return render_template(
        "lifetime/index.html",
        fit=queries.find_latest_fit(),
        problems=PROBLEMS,
        search=search,
        customers=found.rows,
        pages=Pages.of(found),
        currency=settings.reporting_currency,
        zone=settings.time_zone,
        sort=sort,
        columns=(
            Column(label=gettext("Customer"), is_number=False),
            Column(label=gettext("Rep"), is_number=False),
            Column(label=gettext("Predicted value"), key="value"),
            Column(label=gettext("Purchases to come"), key="purchases"),
            Column(label=gettext("Still buys"), key="alive"),
            Column(label=gettext("Bought again"), key="repeats"),
            Column(label=gettext("Mean purchase"), key="mean"),
            Column(label=gettext("Customer for"), key="age"),
        ),
    )


@blueprint.get(f"/lifetime.{ROUTE}")
@signed_in()
def export(kind: str) -> Response:
    """Return the whole list, as filtered and sorted, as a file."""
    currency = current_settings().reporting_currency
    header = [
        gettext("Code"),
        gettext("Customer"),
        gettext("Rep"),
        gettext("Predicted value"),
        gettext("Purchases to come"),
        gettext("Still buys"),
        gettext("Bought again"),
        gettext("Mean purchase"),
        gettext("Weeks since the first purchase"),
        gettext("Currency"),
    ]
    found = queries.each_customer_lifetime(
        access=current_access(),
        where=_search().where,
        sort=request.args.get("sort", MOST_VALUABLE),
    )
    rows = (
        [
            row.customer_code,
            row.customer_name,
            row.owner_name,
            to_major(row.value_minor, currency),
            round(row.expected_purchases, 4),
            round(row.probability_alive, 4),
            row.repeats,
            to_major(row.mean_value_minor, currency) if row.mean_value_minor else None,
            round(row.age_weeks, 2),
            currency,
        ]
        for row in found
    )
    return download("customer-value", header, rows, kind=kind)


def _search() -> CustomerSearch:
    return read_customer_search(
        access=current_access(), today=business_today(), arguments=request.args
    )
