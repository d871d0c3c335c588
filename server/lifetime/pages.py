"""The page of what customers are predicted to buy, with the data behind the prediction."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from server.lifetime import queries
from server.lifetime.schemas import PROBLEMS
from server.platform.auth import current_access, signed_in
from server.platform.settings import current_settings
from server.web.components import Pages, read_page
from server.web.navigation import Entry
from shared.i18n import N_

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


@blueprint.get("/lifetime")
@signed_in()
def index() -> ResponseReturnValue:
    """List the caller's customers by what they are predicted to buy."""
    settings = current_settings()
    found = queries.list_customer_lifetimes(
        access=current_access(), page=read_page(request.args.get("page")), size=PAGE_SIZE
    )
    return render_template(
        "lifetime/index.html",
        fit=queries.find_latest_fit(),
        problems=PROBLEMS,
        customers=found.rows,
        pages=Pages.of(found),
        currency=settings.reporting_currency,
        zone=settings.time_zone,
    )
