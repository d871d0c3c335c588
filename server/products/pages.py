"""The catalogue for administrators: a list to search, and the form of a product."""

import datetime as dt
from functools import partial
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.currencies.queries import list_currencies
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import InvalidInputError, ProblemError
from server.platform.reporting import reporting
from server.platform.transaction import transaction
from server.products import operations, queries
from server.products.operations import ProductForm
from server.products.queries import CatalogueRow, ProductFilter
from server.web import formats
from server.web.amounts import read_amount, typed_amount
from server.web.components import Choice, Pages, read_page, sortable_columns
from server.web.downloads import ROUTE, download
from server.web.filters import choice
from server.web.forms import refusal, saved, switch
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.money import to_major
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("product_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="product_pages.index",
        label=N_("Products"),
        icon="format-list-bulleted",
        position=89,
        roles=frozenset({Role.ADMIN}),
    ),
)
PAGE_SIZE = 50
_STATES: dict[str, bool | None] = {"": True, "archived": False, "all": None}
_FIELDS = {
    "sku": 80,
    "name": 200,
    "category": 120,
    "unit": 40,
    "price": 18,
    "cost": 18,
    "cost_since": 10,
}
_NEEDED = ("sku", "name", "price")
_PRICE = "price_"
"""Begins the name of the field of a price in another currency."""
_LARGEST_MINOR = 10**15


@blueprint.get("/products")
@signed_in(Role.ADMIN)
def index() -> ResponseReturnValue:
    """List the products."""
    where, choices = _read()
    found = queries.list_catalogue(
        access=current_access(),
        where=where,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=request.args.get("sort", ""),
    )
    return render_template(
        "products/index.html",
        products=found.rows,
        pages=Pages.of(found),
        sort=request.args.get("sort", ""),
        columns=sortable_columns(
            {
                "name": gettext("Name"),
                "category": gettext("Category"),
                "price_minor": gettext("Price"),
                "cost_minor": gettext("Cost"),
            },
            numbers={"price_minor", "cost_minor"},
        ),
        choices=choices,
        text=where.text,
        is_narrowed=where != ProductFilter() or (not found.rows and _has_archived_products()),
        currency=_currency(),
        others=_others(),
    )


def _has_archived_products() -> bool:
    """Tell where no product is in use whether one ever was."""
    every = ProductFilter(active=None)
    return bool(queries.list_catalogue(access=current_access(), where=every, size=1).rows)


@blueprint.get(f"/products.{ROUTE}")
@signed_in(Role.ADMIN)
def export(kind: str) -> ResponseReturnValue:
    """Download the list, as filtered."""
    where, _ = _read()
    currency, others = _currency(), _others()
    header = [
        gettext("Code"),
        gettext("Name"),
        gettext("Category"),
        gettext("Unit"),
        gettext("Price"),
        gettext("Cost"),
        gettext("Active"),
        *(gettext("Price (%(currency)s)", currency=code) for code in others),
    ]
    rows = (
        [
            row.sku,
            row.name,
            row.category,
            row.unit,
            to_major(row.price_minor, currency),
            "" if row.cost_minor is None else to_major(row.cost_minor, currency),
            gettext("yes") if row.active else gettext("no"),
            *(to_major(row.prices[code], code) if code in row.prices else "" for code in others),
        ]
        for row in queries.each_of_catalogue(access=current_access(), where=where)
    )
    return download("tapak-products", header, rows, kind=kind)


@blueprint.get("/products/new")
@signed_in(Role.ADMIN)
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _form(None, dict.fromkeys(_fields(), ""))


@blueprint.post("/products/new")
@signed_in(Role.ADMIN)
def create() -> ResponseReturnValue:
    """Add a product, or show the form again with what is wrong."""
    given = _given()
    try:
        product = _load(given)
        with transaction():
            operations.add_product(product=product, at=utc_now(), by=current_access().user_id)
    except ProblemError as error:
        return refusal(error, partial(_form, None, given))
    tell(Notice(text=gettext("%(name)s is saved.", name=product.name)))
    return redirect(url_for(".index"))


@blueprint.get("/products/<uuid:product_id>")
@signed_in(Role.ADMIN)
def show(product_id: UUID) -> ResponseReturnValue:
    """Show the form of a product."""
    row = _find(product_id)
    return _form(row, _present(row))


@blueprint.post("/products/<uuid:product_id>")
@signed_in(Role.ADMIN)
def save(product_id: UUID) -> ResponseReturnValue:
    """Keep what the form says; show it again, with what was typed, where something is wrong."""
    given, before = _given(), _present(_find(product_id))
    try:
        product, today = _load(given), business_today()
        with transaction():
            operations.change_product(
                product_id=str(product_id),
                base=request.form.get("base", ""),
                product=product,
                today=today,
                cost_since=_read_day(given["cost_since"], today),
                at=utc_now(),
                by=current_access().user_id,
            )
    except ProblemError as error:
        newer = _find(product_id)
        return refusal(
            error, partial(_form, newer, given), theirs=lambda: _differences(newer, given)
        )
    now = _find(product_id)
    text, undo_url = (
        gettext("%(name)s is saved.", name=now.name),
        url_for(".save", product_id=now.id),
    )
    tell(saved(text, undo_url, before=before, after=_present(now), base=now.version))
    return redirect(url_for(".index"))


@blueprint.post("/products/<uuid:product_id>/active")
@signed_in(Role.ADMIN)
def set_active(product_id: UUID) -> ResponseReturnValue:
    """Take a product out of the catalogue, or put it back."""
    switch(
        lambda active: operations.set_product_active(
            product_id=str(product_id),
            base=request.form.get("base", ""),
            active=active,
            at=utc_now(),
            by=current_access().user_id,
        ),
        field="active",
        undo_url=url_for(".set_active", product_id=product_id),
        yes=N_("%(name)s is in use again."),
        no=N_("%(name)s is archived."),
    )
    return redirect(url_for(".index"))


def _read() -> tuple[ProductFilter, list[Choice]]:
    arguments = request.args
    categories = queries.list_categories(access=current_access())
    category = arguments.get("category", "")
    choices = [
        choice(
            "category",
            gettext("Category"),
            {each: each for each in categories},
            arguments=arguments,
            everything=gettext("All categories"),
        ),
        choice(
            "state",
            gettext("State"),
            {"archived": gettext("Archived"), "all": gettext("All")},
            arguments=arguments,
            everything=gettext("In use"),
        ),
        choice(
            "unpriced",
            gettext("Without a price in"),
            {code: formats.currency_name(code, language=current_language()) for code in _others()},
            arguments=arguments,
            everything=gettext("All products"),
        ),
    ]
    where = ProductFilter(
        text=" ".join(arguments.get("q", "").replace("\0", "").split())[:80],
        category=category if category in categories else None,
        active=_STATES.get(arguments.get("state", ""), True),
        unpriced=unpriced if (unpriced := arguments.get("unpriced", "")) in _others() else None,
    )
    # A choice among nothing is none.
    return where, [each for each in choices if len(each.options) > 1]


def _others() -> list[str]:
    """Return the other currencies that products are or may be priced in; asked once a request."""
    if "price_currencies" not in g:
        rated = list_currencies(reporting_currency=_currency())[1:]
        priced = queries.list_price_currencies(access=current_access())
        g.price_currencies = sorted({*rated, *priced})
    found: list[str] = g.price_currencies
    return found


def _fields() -> dict[str, int]:
    """Return the fields of the form with the longest text of each."""
    return _FIELDS | {_PRICE + code: _FIELDS["price"] for code in _others()}


def _given() -> dict[str, str]:
    return {name: " ".join(request.form.get(name, "").split()) for name in _fields()}


def _load(given: dict[str, str]) -> ProductForm:
    """Return what the form says.

    :raises InvalidInputError: with words for each field that is wrong
    """
    errors: dict[str, str] = {}
    for name, longest in _fields().items():
        if len(given[name]) > longest or "\0" in given[name]:
            errors[name] = gettext("At most %(count)s characters.", count=longest)
        elif name in _NEEDED and not given[name]:
            errors[name] = gettext("This is needed.")
    amounts: dict[str, int | None] = {}
    in_others = {_PRICE + code: code for code in _others()}
    for name, currency in ({"price": _currency(), "cost": _currency()} | in_others).items():
        if given[name] and name not in errors:
            amounts[name] = read_amount(given[name], currency, highest_minor=_LARGEST_MINOR)
            if amounts[name] is None:
                errors[name] = gettext("An amount such as 12500 or 12500.50.")
    if given["cost_since"] and _read_day(given["cost_since"], business_today()) is None:
        errors["cost_since"] = gettext("A day that is not in the future.")
    if errors:
        raise InvalidInputError(errors)
    price = amounts["price"]
    assert price is not None
    return ProductForm(
        sku=given["sku"],
        name=given["name"],
        category=given["category"],
        unit=given["unit"],
        price_minor=price,
        cost_minor=amounts.get("cost"),
        prices={
            code: amount
            for name, code in in_others.items()
            if (amount := amounts.get(name)) is not None
        },
    )


def _read_day(text: str, today: dt.date) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day <= today else None


def _find(product_id: UUID) -> CatalogueRow:
    return queries.get_product(access=current_access(), product_id=str(product_id))


def _present(row: CatalogueRow) -> dict[str, str]:
    return {
        "sku": row.sku,
        "name": row.name,
        "category": row.category,
        "unit": row.unit,
        "price": typed_amount(row.price_minor, _currency()),
        "cost": "" if row.cost_minor is None else typed_amount(row.cost_minor, _currency()),
        "cost_since": "",
    } | {
        _PRICE + code: typed_amount(row.prices[code], code) if code in row.prices else ""
        for code in _others()
    }


def _differences(row: CatalogueRow, given: dict[str, str]) -> dict[str, str]:
    present = _present(row)
    return {
        name: present[name] or "–"
        for name in given
        if present[name] != given[name] and name != "cost_since"
    }


def _form(
    row: CatalogueRow | None,
    given: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    theirs: dict[str, str] | None = None,
    problem: str = "",
) -> str:
    return render_template(
        "products/form.html",
        product=row,
        past_costs=queries.past_costs(access=current_access(), product_id=row.id) if row else [],
        today=business_today(),
        given=given,
        categories=queries.list_categories(access=current_access()),
        currency=_currency(),
        others=_others(),
        errors=errors or {},
        theirs=theirs,
        problem=problem,
    )


def _currency() -> str:
    return reporting().currency
