"""The page of costs: the list with its filters, a form to enter or correct one, undo, a file."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.costs import operations, queries
from server.costs.operations import (
    FIRST_DAY,
    LONGEST_NOTE,
    CostAmountError,
    CostCurrencyError,
    CostDayError,
    CostEntry,
    CostHolderError,
)
from server.costs.queries import CostFilter, CostRow, CostSource
from server.currencies.operations.freezing import known_currencies
from server.currencies.queries import list_currencies
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import ProblemError
from server.platform.reporting import reporting
from server.platform.transaction import transaction
from server.platform.versioned import ChangedMeanwhileError
from server.teams.queries import list_reps, list_teams, team_with_descendants
from server.web import formats
from server.web.amounts import read_amount, typed_amount
from server.web.components import Pages, read_page, sortable_columns
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.forms import carry_out
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from server.web.words import COST_CATEGORIES
from shared.i18n import N_
from shared.money import to_major
from shared.time import Period, utc_now
from shared.vocabulary import CostCategory, Role

blueprint = Blueprint("costs_pages", __name__, template_folder="templates")

SEERS = (Role.MANAGER, Role.ADMIN)
NAVIGATION = (
    Entry(
        endpoint="costs_pages.index",
        label=N_("Costs"),
        icon="receipt-text-outline",
        position=39,
        roles=frozenset(SEERS),
    ),
)
PAGE_SIZE = 50
SOURCES = {CostSource.ENTERED: N_("Entered here"), CostSource.IMPORTED: N_("Imported")}
_FIELDS = ("category", "day", "holder", "amount", "currency", "note")
_FILTERS = ("month", "category", "team", "source", "page", "sort")


@blueprint.get("/costs")
@signed_in(*SEERS)
def index() -> ResponseReturnValue:
    """List costs, with what the same filters come to by category."""
    access, where = current_access(), _where()
    found = queries.list_costs(
        access=access,
        where=where,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=request.args.get("sort", ""),
    )
    everything = gettext("All")
    choices = (
        choice(
            "category",
            gettext("Kind"),
            {str(category): gettext(name) for category, name in COST_CATEGORIES.items()},
            arguments=request.args,
            everything=everything,
        ),
        choice(
            "team",
            gettext("Team"),
            {team.id: team.name for team in list_teams(access=access)},
            arguments=request.args,
            everything=gettext("All teams"),
        ),
        choice(
            "source",
            gettext("Source"),
            {str(source): gettext(name) for source, name in SOURCES.items()},
            arguments=request.args,
            everything=everything,
        ),
    )
    return render_template(
        "costs/index.html",
        costs=found.rows,
        pages=Pages.of(found),
        totals=queries.category_totals(access=access, where=where),
        sort=request.args.get("sort", ""),
        columns=sortable_columns(
            {
                "rep_name": gettext("Of"),
                "category": gettext("Kind"),
                "base_amount_minor": gettext("Amount"),
                "note": gettext("Notes"),
                "code": gettext("Source"),
            },
            numbers={"base_amount_minor"},
        ),
        choices=choices,
        month=where.period.start.isoformat()[:7] if where.period else "",
        categories=COST_CATEGORIES,
        sources=SOURCES,
        currency=_currency(),
        imports=access.role is Role.ADMIN,
        arguments=_arguments(),
    )


@blueprint.get("/costs/new")
@signed_in(*SEERS)
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _form({"day": business_today().isoformat()})


@blueprint.post("/costs/new")
@signed_in(*SEERS)
def enter() -> ResponseReturnValue:
    """Enter a cost, or show the form again with what is wrong."""
    try:
        with transaction():
            cost_id = operations.enter_cost(
                access=current_access(),
                entry=_read(),
                at=utc_now(),
                today=business_today(),
            )
    except ProblemError as problem:
        return _form(_typed(), problem=problem), problem.status
    tell(
        Notice(
            text=gettext("The cost is entered."),
            undo_url=url_for(".delete", cost_id=cost_id),
            fields={"version": "1"},
        )
    )
    return redirect(url_for(".index"))


@blueprint.get("/costs/<uuid:cost_id>")
@signed_in(*SEERS)
def edit(cost_id: UUID) -> ResponseReturnValue:
    """Show the form of a cost."""
    row = queries.get_cost(access=current_access(), cost_id=str(cost_id))
    return _form(_given(row), row=row)


@blueprint.post("/costs/<uuid:cost_id>")
@signed_in(*SEERS)
def correct(cost_id: UUID) -> ResponseReturnValue:
    """Correct a cost, or show the form again, as typed, with what is wrong."""
    access = current_access()
    before = _given(queries.get_cost(access=access, cost_id=str(cost_id)))
    try:
        with transaction():
            cost = operations.correct_cost(
                access=access,
                cost_id=str(cost_id),
                entry=_read(),
                version=request.form.get("version", ""),
                at=utc_now(),
                today=business_today(),
            )
            version = str(cost.version)
    except ProblemError as problem:
        row = queries.get_cost(access=access, cost_id=str(cost_id))
        # What was typed stays; saved again it replaces what somebody else wrote.
        typed = _typed()
        if isinstance(problem, ChangedMeanwhileError):
            typed["version"] = str(row.version)
        return _form(typed, row=row, problem=problem), problem.status
    is_changed = version != before["version"]
    tell(
        Notice(
            text=gettext("The cost is corrected."),
            undo_url=url_for(".correct", cost_id=cost_id) if is_changed else "",
            fields=before | {"version": version} if is_changed else {},
        )
    )
    return redirect(url_for(".index"))


@blueprint.post("/costs/<uuid:cost_id>/deletion")
@signed_in(*SEERS)
def delete(cost_id: UUID) -> ResponseReturnValue:
    """Take a cost out of all numbers."""

    def deleted() -> Notice:
        cost = operations.delete_cost(
            access=current_access(),
            cost_id=str(cost_id),
            at=utc_now(),
            version=request.form.get("version", ""),
        )
        return Notice(
            text=gettext("The cost is deleted."),
            undo_url=url_for(".restore", cost_id=cost_id),
            fields={"version": str(cost.version)},
        )

    carry_out(deleted)
    return redirect(url_for(".index", **_arguments()))


@blueprint.post("/costs/<uuid:cost_id>/restoration")
@signed_in(*SEERS)
def restore(cost_id: UUID) -> ResponseReturnValue:
    """Bring a deleted cost back."""

    def restored() -> Notice:
        operations.restore_cost(
            access=current_access(),
            cost_id=str(cost_id),
            at=utc_now(),
            version=request.form.get("version", ""),
        )
        return Notice(text=gettext("The cost counts again."))

    carry_out(restored)
    return redirect(url_for(".index"))


@blueprint.get(f"/costs.{ROUTE}")
@signed_in(*SEERS)
def export(kind: str) -> Response:
    """Return the whole filtered list as a file."""
    header = [
        gettext("Day"),
        gettext("Kind"),
        gettext("Rep"),
        gettext("Team"),
        gettext("Amount"),
        gettext("Currency"),
        gettext("Notes"),
        gettext("Source"),
        gettext("Code"),
        gettext("Amount in %(currency)s", currency=_currency()),
    ]
    return download("costs", header, _lines(), kind=kind)


def _lines() -> Iterator[list[Any]]:
    for row in queries.each_cost(access=current_access(), where=_where()):
        yield [
            row.day,
            gettext(COST_CATEGORIES[row.category]),
            row.rep_name,
            row.team_name,
            to_major(row.amount_minor, row.currency),
            row.currency,
            row.note,
            gettext(SOURCES[row.source]),
            row.code,
            None if row.base_amount_minor is None else to_major(row.base_amount_minor, _currency()),
        ]


def _where() -> CostFilter:
    category, source = request.args.get("category", ""), request.args.get("source", "")
    team_id = read_id(request.args, "team")
    return CostFilter(
        period=_month(request.args.get("month", "")),
        category=CostCategory(category) if category in set(CostCategory) else None,
        source=CostSource(source) if source in set(CostSource) else None,
        team_ids=team_with_descendants(team_id) if team_id else None,
    )


def _month(text: str) -> Period | None:
    try:
        first = dt.date.fromisoformat(f"{text}-01")
        return Period.month(first.year, first.month)
    except (ValueError, OverflowError):
        return None


def _arguments() -> dict[str, Any]:
    """Return the filters in force, to come back to the same list."""
    return {name: request.args[name] for name in _FILTERS if name in request.args}


def _currency() -> str:
    return reporting().currency


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in (*_FIELDS, "version")}


def _given(row: CostRow) -> dict[str, str]:
    holder = f"rep:{row.rep_id}" if row.rep_id else f"team:{row.team_id}" if row.team_id else ""
    return {
        "category": str(row.category),
        "day": row.day.isoformat(),
        "holder": holder,
        "amount": typed_amount(row.amount_minor, row.currency),
        "currency": row.currency,
        "note": row.note,
        "version": str(row.version),
    }


def _read() -> CostEntry:
    """Return what the form says.

    :raises CostAmountError, CostDayError, CostHolderError: where a field says nothing possible
    """
    typed = _typed()
    of, _, holder = typed["holder"].partition(":")
    holder_id = read_id({"id": holder}, "id")
    if typed["holder"] and (of not in ("rep", "team") or not holder_id):
        raise CostHolderError
    category = typed["category"]
    day, currency = _day(typed["day"]), _known(typed["currency"])
    return CostEntry(
        category=CostCategory(category) if category in set(CostCategory) else CostCategory.OTHER,
        day=day,
        rep_id=holder_id if of == "rep" else None,
        team_id=holder_id if of == "team" else None,
        amount_minor=_amount(typed["amount"], currency),
        currency=currency,
        note=typed["note"],
    )


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise CostDayError from None


def _known(currency: str) -> str:
    """Return the currency chosen; without one, the company's.

    :raises CostCurrencyError: if it is no currency
    """
    if currency and currency not in known_currencies():
        raise CostCurrencyError(currency)
    return currency or _currency()


def _amount(text: str, currency: str) -> int:
    amount_minor = read_amount(text, currency)
    if amount_minor is None:
        raise CostAmountError
    return amount_minor


def _form(
    given: dict[str, str], *, row: CostRow | None = None, problem: ProblemError | None = None
) -> str:
    access, today = current_access(), business_today()
    holders = [("", gettext("The company"))] if access.role is Role.ADMIN else []
    holders += [(f"team:{team.id}", team.name) for team in list_teams(access=access)]
    holders += [(f"rep:{rep.id}", rep.name) for rep in list_reps(access=access, day=today)]
    return render_template(
        "costs/form.html",
        given=dict.fromkeys((*_FIELDS, "version"), "") | given,
        row=row,
        errors={},
        theirs=None,
        problem=gettext(problem.title) if problem else "",
        categories=[(str(key), gettext(name)) for key, name in COST_CATEGORIES.items()],
        holders=holders,
        first=FIRST_DAY.isoformat(),
        last=today.isoformat(),
        longest=LONGEST_NOTE,
        currencies=_currencies(given.get("currency", "")),
    )


def _currencies(chosen: str) -> list[tuple[str, str]]:
    """Return the currencies with a rate, the company's first, and the one of the entry."""
    codes = list_currencies(reporting_currency=_currency())
    codes += [chosen] if chosen in known_currencies() and chosen not in codes else []
    return [(code, formats.currency_name(code, language=current_language())) for code in codes]
