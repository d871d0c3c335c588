"""The list of customers.

The slot `customers.figures` is open to higher features: it is called with `customer_ids` and
returns `{customer_id: CustomerFigures}`.
"""

import datetime as dt
from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.customers import queries
from server.customers.queries import CustomerFilter, CustomerRow
from server.platform import paging
from server.platform.access import Access
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.reporting import reporting
from server.platform.settings import Settings, current_settings
from server.teams.queries import team_with_descendants
from server.teams.schemas import people_choices
from server.web.components import Choice, Column, CustomerFigures, Pages, read_page
from server.web.contributions import Contributor, contributions
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.navigation import Entry
from server.web.search import MOST_COUNTED, MOST_HITS, Hit, SearchGroup
from shared.i18n import N_
from shared.vocabulary import CustomerClass

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
CLASS_TONES = {CustomerClass.A: "accent", CustomerClass.B: "info", CustomerClass.C: "unknown"}
_NOBODY = "none"
_STATES: dict[str, dict[str, bool]] = {
    "prospect": {"is_prospect": True},
    "no_point": {"has_point": False},
    "no_owner": {"has_owner": False},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What the filter bar asks for."""

    access: Access
    settings: Settings
    today: dt.date
    where: CustomerFilter
    choices: tuple[Choice, ...]

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is in force."""
        return bool(self.where.search or any(c.chosen and c.chosen.value for c in self.choices))


@blueprint.get("/customers")
@signed_in()
def index() -> ResponseReturnValue:
    """List customers."""
    search = read_search()
    sort = request.args.get("sort", queries.BY_NAME)
    found = queries.list_customers(
        access=search.access,
        where=search.where,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=sort,
        most_counted=paging.MOST_COUNTED,
    )
    return render_template(
        "customers/index.html",
        search=search,
        customers=found.rows,
        figures=_figures([row.id for row in found.rows]),
        pages=Pages.of(found),
        class_tones=CLASS_TONES,
        currency=search.settings.reporting_currency,
        sort=sort,
        columns=(
            Column(label=gettext("Customer"), key="name", is_number=False),
            Column(label=gettext("Class"), key="class", is_number=False),
            Column(label=gettext("City"), key="city", is_number=False),
            Column(label=gettext("Rep"), key="rep", is_number=False),
            Column(label=gettext("Last visit"), is_number=False),
            Column(label=gettext("Twelve months"), hint=gettext("Won in the last twelve months")),
        ),
    )


@blueprint.get(f"/customers.{ROUTE}")
@signed_in()
def export(kind: str) -> ResponseReturnValue:
    """Download the whole list, as filtered."""
    search = read_search()
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
    ]
    rows = queries.each_customer(
        access=search.access, where=search.where, sort=request.args.get("sort", queries.BY_NAME)
    )
    name = f"tapak-customers-{search.today}"
    return download(name, header, (_export_row(row) for row in rows), kind=kind)


def read_search() -> Search:
    """Return what the address asks for; what makes no sense does not narrow."""
    settings = current_settings()
    access = current_access()
    today = business_today()
    team_id, rep_id = read_id(request.args, "team"), read_id(request.args, "rep")
    teams = team_with_descendants(team_id) if team_id else None
    wanted_class, city = request.args.get("class", ""), request.args.get("city", "")
    choices = (
        *people_choices(access=access, day=today, team_id=team_id, arguments=request.args),
        choice(
            "class",
            gettext("Class"),
            {each.value: each.value for each in CustomerClass},
            arguments=request.args,
            everything=gettext("All classes"),
        ),
        choice(
            "city",
            gettext("City"),
            {name: name for name in queries.list_cities(access=access)},
            arguments=request.args,
            everything=gettext("All cities"),
        ),
        choice(
            "state",
            gettext("Only"),
            {
                "prospect": gettext("Prospects"),
                "no_point": gettext("Without a point on the map"),
                "no_owner": gettext("Without a rep"),
            },
            arguments=request.args,
            everything=gettext("All customers"),
        ),
    )
    return Search(
        access=access,
        settings=settings,
        today=today,
        where=CustomerFilter(
            search=request.args.get("q", "").strip()[:80],
            owner_id=rep_id or None,
            team_ids=teams,
            customer_class=CustomerClass(wanted_class)
            if wanted_class in set(CustomerClass)
            else None,
            city=city if "\0" not in city else "",
            **_STATES.get(request.args.get("state", ""), {}),
        ),
        # A choice among one is none.
        choices=tuple(each for each in choices if len(each.options) > 2),
    )


def _search(*, text: str) -> SearchGroup:
    found = queries.list_customers(
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


def _export_row(row: CustomerRow) -> list[object]:
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
        row.currency or reporting().currency,
    ]
