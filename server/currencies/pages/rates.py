"""The page of exchange rates: the list with its filters, a form, undo, conversion anew, a file."""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from babel.core import get_global
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from server.currencies import queries
from server.currencies.operations import conversions, freezing
from server.currencies.operations import rates as operations
from server.currencies.operations.freezing import ask_use
from server.currencies.operations.rates import (
    FIRST_DAY,
    LONGEST_SOURCE,
    RateDayError,
    RateEntry,
    RateError,
)
from server.currencies.queries import RateFilter, RateRow
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.reporting import reporting
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.platform.versioned import ChangedMeanwhileError
from server.web import formats
from server.web.components import Pages, read_page
from server.web.downloads import ROUTE, download
from server.web.filters import choice
from server.web.forms import carry_out
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.time import Period, utc_now
from shared.vocabulary import Role

blueprint = Blueprint("currencies_pages", __name__, template_folder="../templates")

SEERS = (Role.MANAGER, Role.ADMIN)
NAVIGATION = (
    Entry(
        endpoint="currencies_pages.index",
        label=N_("Exchange rates"),
        icon="swap-horizontal",
        position=40,
        roles=frozenset(SEERS),
    ),
)
PAGE_SIZE = 50
_FIELDS = ("currency", "day", "rate", "source", "first", "last")
_NUMBER = re.compile(r"[0-9]{1,12}(?:[.,][0-9]{1,20})?")


@blueprint.get("/exchange-rates")
@signed_in(*SEERS)
def index() -> ResponseReturnValue:
    """List the rates, the latest day first, with a form to enter one."""
    return list_page()


@blueprint.post("/exchange-rates")
@signed_in(Role.ADMIN)
def enter() -> ResponseReturnValue:
    """Enter a rate, or show the form again with what is wrong."""
    try:
        entry = RateEntry(
            currency=request.form.get("currency", ""), day=day_of_form(), **_of_form()
        )
        with transaction():
            rate_id, amounts = operations.enter_rate(
                entry=entry,
                reporting_currency=reporting().currency,
                at=utc_now(),
                today=business_today(),
                by=current_access().user_id,
            )
    except ProblemError as problem:
        return list_page(problem), problem.status
    tell(
        Notice(
            text=gettext("The rate is entered.") + told(amounts),
            undo_url=url_for(".delete", rate_id=rate_id),
            fields={"again": "yes", "version": "1"},
        )
    )
    return redirect(url_for(".index", currency=entry.currency))


@blueprint.get("/exchange-rates/<uuid:rate_id>")
@signed_in(Role.ADMIN)
def edit(rate_id: UUID) -> ResponseReturnValue:
    """Show the form of a rate."""
    row = queries.get_rate(access=current_access(), rate_id=str(rate_id))
    given = {"rate": row.rate_text, "source": row.source, "version": str(row.version)}
    return _form(row, given)


@blueprint.post("/exchange-rates/<uuid:rate_id>")
@signed_in(Role.ADMIN)
def correct(rate_id: UUID) -> ResponseReturnValue:
    """Correct a rate, or show the form again, as typed, with what is wrong."""
    access = current_access()
    row = queries.get_rate(access=access, rate_id=str(rate_id))
    try:
        with transaction():
            corrected = operations.correct_rate(
                rate_id=row.id,
                entry=RateEntry(currency=row.currency, day=row.day, **_of_form()),
                version=request.form.get("version", ""),
                reporting_currency=reporting().currency,
                at=utc_now(),
                by=access.user_id,
            )
            version = str(corrected.version)
            back, amounts = _convert_too(row.id, by=access.user_id)
    except ProblemError as problem:
        names = ("rate", "source", "version", "again", "confirmed")
        typed = {name: request.form.get(name, "") for name in names}
        if isinstance(problem, ChangedMeanwhileError):
            typed["version"] = str(queries.get_rate(access=access, rate_id=row.id).version)
        return _form(row, typed, problem=problem), problem.status
    former = {"rate": row.rate_text, "source": row.source, "version": version, "confirmed": "yes"}
    is_changed = version != str(row.version)
    tell(
        Notice(
            text=gettext("The rate is corrected.") + ("" if amounts is None else told(amounts)),
            undo_url=url_for(".correct", rate_id=rate_id) if is_changed else "",
            fields=former | back if is_changed else {},
        )
    )
    stays = amounts is None and is_changed
    if stays and any(use.moving for use in ask_use(row.currency, row.day, at=utc_now())):
        # There it says how many amounts stand at the rate as it was, and converts them.
        return redirect(url_for(".edit", rate_id=rate_id))
    return redirect(url_for(".index", currency=row.currency))


def _convert_too(rate_id: str, *, by: str) -> tuple[dict[str, str], int | None]:
    """
    Convert again, or put back, what the form of a correction says.

    Return the fields by which that is taken back, and how many amounts it was; None: neither.
    """
    at, conversion_id = utc_now(), request.form.get("conversion")
    if conversion_id:
        _, amounts = conversions.undo_conversion(conversion_id=_id(conversion_id), at=at, by=by)
        return {"again": "yes"}, amounts
    if "again" not in request.form:
        return {}, None
    done = conversions.convert_again(rate_id=rate_id, at=at, by=by)
    return {"conversion": done.conversion_id} if done.conversion_id else {}, done.amounts


@blueprint.post("/exchange-rates/<uuid:rate_id>/deletion")
@signed_in(Role.ADMIN)
def delete(rate_id: UUID) -> ResponseReturnValue:
    """Take a rate out; where its entering is undone, what was converted at it as well."""
    again, by = "again" in request.form, current_access().user_id
    currency = queries.get_rate(access=current_access(), rate_id=str(rate_id)).currency

    def deleted() -> Notice:
        version = request.form.get("version", "")
        row = operations.delete_rate(rate_id=str(rate_id), at=utc_now(), by=by, version=version)
        if again:
            conversions.convert_again(rate_id=str(rate_id), at=utc_now(), by=by)
        words = gettext("The rate is deleted.")
        if not again:
            words += " " + gettext("What was converted at it stays as it is.")
        return Notice(
            text=words,
            undo_url=url_for(".restore", rate_id=rate_id),
            fields={"version": str(row.version)},
        )

    carry_out(deleted)
    return redirect(url_for(".index", currency=currency))


@blueprint.post("/exchange-rates/<uuid:rate_id>/restoration")
@signed_in(Role.ADMIN)
def restore(rate_id: UUID) -> ResponseReturnValue:
    """Bring a deleted rate back."""

    def restored() -> Notice:
        operations.restore_rate(
            rate_id=str(rate_id),
            at=utc_now(),
            by=current_access().user_id,
            version=request.form.get("version", ""),
        )
        return Notice(text=gettext("The rate is there again."))

    carry_out(restored)
    return redirect(url_for(".index"))


@blueprint.get(f"/exchange-rates.{ROUTE}")
@signed_in(*SEERS)
def export(kind: str) -> Response:
    """Return the whole filtered list as a file; it can be imported as it is."""
    header = ["day", "currency", "rate", "source"]
    return download("exchange_rates", header, _lines(), kind=kind)


def _lines() -> Iterator[list[Any]]:
    for row in queries.each_rate(access=current_access(), where=_where()):
        yield [row.day, row.currency, row.rate_text, row.source]


def list_page(problem: ProblemError | None = None) -> str:
    """Return the list with its forms, as typed where something is wrong."""
    access, where, language = current_access(), _where(), current_language()
    found = queries.list_rates(
        access=access, where=where, page=read_page(request.args.get("page")), size=PAGE_SIZE
    )
    used = queries.list_currencies(reporting_currency=reporting().currency)[1:]
    may_change = access.role is Role.ADMIN
    return render_template(
        "currencies/index.html",
        rates=found.rows,
        pages=Pages.of(found),
        choices=(
            choice(
                "currency",
                gettext("Currency"),
                {code: formats.currency_name(code, language=language) for code in used},
                arguments=request.args,
                everything=gettext("All"),
            ),
        ),
        month=where.period.start.isoformat()[:7] if where.period else "",
        arguments=_arguments(),
        may_change=may_change,
        conversions=queries.list_conversions(access=access) if may_change else [],
        zone=current_settings().time_zone,
        currencies=_offered(language, reporting().currency),
        given={
            "day": _asked_day().isoformat(),
            "currency": where.currency or "USD",
        }
        | {name: request.form[name] for name in _FIELDS if name in request.form},
        used=used,
        problem=gettext(problem.title) if problem else "",
        is_far_off=isinstance(problem, operations.FarOffError),
        first=FIRST_DAY.isoformat(),
        last=business_today().isoformat(),
        longest=LONGEST_SOURCE,
        reporting=reporting(),
    )


def _form(row: RateRow, given: dict[str, str], *, problem: ProblemError | None = None) -> str:
    return render_template(
        "currencies/form.html",
        row=row,
        given=given,
        errors={},
        theirs=None,
        problem=gettext(problem.title) if problem else "",
        is_far_off=isinstance(problem, operations.FarOffError),
        longest=LONGEST_SOURCE,
        reporting=reporting(),
        uses=[use for use in ask_use(row.currency, row.day, at=utc_now()) if use.amounts],
        kinds={"deal": gettext("Deals"), "cost": gettext("Costs"), "expense": gettext("Expenses")},
    )


@lru_cache(maxsize=8)
def _offered(language: str, reporting_currency: str) -> tuple[tuple[str, str], ...]:
    """Return the currencies that people pay with today, by code."""
    codes = {
        code
        for currencies in get_global("territory_currencies").values()
        for code, _, end, is_tender in currencies
        if is_tender and end is None
    }
    return tuple(
        (code, formats.currency_name(code, language=language))
        for code in sorted(codes - {reporting_currency})
    )


def _of_form() -> dict[str, Any]:
    """Return rate, source and confirmation.

    :raises RateError: if the rate is no number
    """
    text = request.form.get("rate", "").strip()
    if not _NUMBER.fullmatch(text):
        raise RateError
    return {
        "rate": Decimal(text.replace(",", ".")),
        "source": request.form.get("source", ""),
        "confirmed": "confirmed" in request.form,
    }


def day_of_form(name: str = "day") -> dt.date:
    """
    Return a day of the form.

    :raises RateDayError: if it is none
    """
    try:
        return dt.date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise RateDayError from None


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFoundError from None


def told(amounts: int) -> str:
    """Return how many amounts an order has moved."""
    return " " + ngettext(
        "%(num)s amount was converted.", "%(num)s amounts were converted.", amounts
    )


def _asked_day() -> dt.date:
    """Return the day whose rate somebody came to enter, else today."""
    today = business_today()
    try:
        day = dt.date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today
    return day if FIRST_DAY <= day <= today else today


def _where() -> RateFilter:
    currency = request.args.get("currency", "")
    return RateFilter(
        period=_month(request.args.get("month", "")),
        currency=currency if currency in freezing.known_currencies() else None,
    )


def _month(text: str) -> Period | None:
    try:
        first = dt.date.fromisoformat(f"{text}-01")
        return Period.month(first.year, first.month)
    except (ValueError, OverflowError):
        return None


def _arguments() -> dict[str, Any]:
    """Return the filters in force, to come back to the same list."""
    names = ("month", "currency", "page")
    return {name: request.args[name] for name in names if name in request.args}
