"""The page behind every number: the rows that add up to it, or who it is made up by."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from server.metrics import queries
from server.metrics.pages.view import View, common, read_view, setting_of
from server.metrics.rollups.behind import COST, DAY, DEAL, EXPENSE, STOP, VISIT
from server.metrics.sql.customer_rows import CUSTOMER
from server.metrics.sql.other_rows import REP, TARGET
from server.metrics.sql.reach import By
from server.metrics.sql.rows import LATEST_FIRST, NOT_SUMMED, NoRowsError, RowsBehind, own_amount
from server.platform.auth import current_access, signed_in
from server.platform.errors import NotFoundError
from server.web import formats
from server.web.catalogue import all_metrics
from server.web.components import Cell, Column, Pages, Table, read_page
from server.web.downloads import ROUTE, download
from server.web.languages import current_language
from server.web.links import page_of
from server.web.metric_tables import metric_table
from server.web.metric_tiles import Reading, metric_tile
from server.web.quantities import full
from server.web.words import COST_CATEGORIES
from shared.i18n import N_
from shared.metrics.definition import Metric, Part
from shared.metrics.formula import Kind, Measure, Unit, Window, to_text
from shared.metrics.measures import ACTIVE_REPS, MEASURES
from shared.time import Period
from shared.vocabulary import Role

blueprint = Blueprint("number_pages", __name__, template_folder="../templates")

PAGE_SIZE = 50
_WAITING = frozenset(each.unknown.key for each in MEASURES.values() if each.unknown is not None)
"""The measures of rows that wait for an exchange rate."""
_KINDS = {
    VISIT: N_("Visit"),
    DEAL: N_("Deal"),
    STOP: N_("Planned stop"),
    EXPENSE: N_("Expense"),
    DAY: N_("Day of the rep"),
    CUSTOMER: N_("Customer"),
    REP: N_("Rep"),
    TARGET: N_("Target"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """A measure of the part shown, and what its rows add up to."""

    said: str
    days: str


@blueprint.get("/numbers/<key>")
@signed_in()
def rows(key: str) -> ResponseReturnValue:
    """Show the rows behind a number, and how it is made from them."""
    metric, part = _metric(key), _part()
    view = read_view().offering_first_days([key])
    sort = request.args.get("sort", LATEST_FIRST)
    answer = view.answer([key])
    compared = answer.total.values[key]
    try:
        found = queries.rows_behind(
            access=view.access,
            question=view.question([key]),
            part=part,
            page=read_page(request.args.get("page")),
            size=PAGE_SIZE,
            sort=sort,
            only_waiting=_only_waiting(),
        )
    except NoRowsError:
        found = None
    return render_template(
        "metrics/rows.html",
        **common(view, answer),
        metric=metric,
        tile=metric_tile(
            Reading(
                metric=metric,
                value=compared.value,
                previous=compared.previous,
                difference=compared.difference,
                change=compared.change,
            ),
            setting_of(view, answer),
        ),
        part=part,
        parts_=[
            (each.value, to_text(formula, gettext))
            for each in Part
            if (formula := metric.part(each)) is not None
        ],
        summed=_summed(found, view) if found else [],
        waiting=sum(
            rows
            for measure, rows in (found.rows if found else {}).items()
            if measure.key in _WAITING
        ),
        only_waiting=_only_waiting(),
        table=_table(found, view, sort) if found else _by_rep(view, key),
        pages=Pages.of(found.page) if found else None,
    )


@blueprint.get(f"/numbers/<key>.{ROUTE}")
@signed_in()
def export_rows(key: str, kind: str) -> ResponseReturnValue:
    """Download all the rows behind a number."""
    metric, part = _metric(key), _part()
    view = read_view().offering_first_days([key])
    found = queries.each_row_behind(
        access=view.access,
        question=view.question([key]),
        part=part,
        sort=request.args.get("sort", LATEST_FIRST),
        only_waiting=_only_waiting(),
    )
    measures = _measures(metric, part)
    currency = view.settings.reporting_currency
    frame = view.question([key]).frame(view.chosen.period)
    periods = {slot: frame.window(measure) for slot, measure in measures.items()}
    events = _events(measures.values())
    header = [
        gettext("Day"),
        gettext("Kind"),
        gettext("Customer"),
        gettext("Rep"),
        gettext("Counted as"),
        _amounts(measures.values()),
        gettext("Address"),
        gettext("Amount in its own currency"),
        gettext("Currency"),
        gettext("Waits for the exchange rate of"),
        *((gettext("First day"), events) if events else ()),
    ]
    lines = (
        [
            row.day,
            _kind(row),
            row.customer_name or "",
            _whose(row),
            to_text(measures[row.slot], gettext),
            queries.in_unit(row.amount, measures[row.slot], currency, periods[row.slot]),
            _address(row, external=True),
            own_amount(row),
            row.own_currency,
            row.missing_rate_on,
            *((row.first_day, row.events) if events else ()),
        ]
        for row in found
    )
    name = f"tapak-{key}-{part}-{view.chosen.period.start}-{view.chosen.last_day}"
    return download(name, header, lines, kind=kind)


def _metric(key: str) -> Metric:
    metric = all_metrics().get(key)
    if metric is None:
        raise NotFoundError
    return metric


def _part() -> Part:
    """Return the part the address asks for; above the line where it makes no sense."""
    wanted = request.args.get("part", "")
    key = (request.view_args or {}).get("key", "")
    part = Part(wanted) if wanted in set(Part) else Part.NUMERATOR
    return part if _metric(key).part(part) is not None else Part.NUMERATOR


def _only_waiting() -> bool:
    return request.args.get("waiting") == "yes"


def _measures(metric: Metric, part: Part) -> dict[str, Measure]:
    formula = metric.part(part)
    slots = metric.measures() if formula is not None else ()
    return {measure.slot: measure for measure in slots}


def _amounts(measures: Iterable[Measure]) -> str:
    """Return what the amounts of rows are called: those of a median add up to nothing."""
    is_summed = any(measure.kind not in NOT_SUMMED for measure in measures)
    return gettext("Adds") if is_summed else gettext("Value")


def _events(measures: Iterable[Measure]) -> str:
    """Return what happened several times to a row that counts once; nothing where none does."""
    for measure in measures:
        if measure.key == ACTIVE_REPS.key:
            return gettext("Days with a visit or a deal")
        if measure.kind is Kind.DISTINCT:
            return gettext("Visits or orders")
        if measure.kind is Kind.PREDICTION:
            return gettext("Orders after the first")
    return ""


def _summed(found: RowsBehind, view: View) -> list[Summed]:
    language, currency = current_language(), view.settings.reporting_currency

    def summed(measure: Measure) -> Summed:
        period, rows = found.periods[measure], found.rows[measure]
        total = queries.total_of(found, measure, currency)
        text = full(total, measure.unit, currency, language=language)
        days = formats.days(period.start, period.end, language=language)
        return Summed(
            said=_said(measure, rows, text),
            days=days if measure.window is not Window.PERIOD else "",
        )

    return [
        summed(measure)
        for measure in found.totals
        if found.rows[measure] or measure.key not in _WAITING
    ]


def _said(measure: Measure, rows: int, total: str) -> str:
    """Return what the rows of a measure come to, in words."""
    values = {
        "name": to_text(measure, gettext),
        "rows": formats.number(rows, language=current_language()),
        "total": total,
    }
    match measure.kind:
        case Kind.CALENDAR:
            return gettext("%(name)s: %(total)s", **values)
        case Kind.MEDIAN:
            return gettext("%(name)s: %(total)s, the middle of %(rows)s", **values)
        case Kind.MIN:
            return gettext("%(name)s: %(total)s, the earliest of %(rows)s", **values)
        case Kind.MAX:
            return gettext("%(name)s: %(total)s, the latest of %(rows)s", **values)
    return ngettext(
        "%(name)s: %(rows)s row adds up to %(total)s",
        "%(name)s: %(rows)s rows add up to %(total)s",
        rows,
        **values,
    )


def _table(found: RowsBehind, view: View, sort: str) -> Table:
    language, currency = current_language(), view.settings.reporting_currency
    measures = {
        measure.slot: measure
        for measure in found.totals
        if found.rows[measure] or measure.key not in _WAITING
    }
    events = _events(measures.values())
    has_customers = any(row.customer_name for row in found.page.rows)
    columns = [
        Column(
            label=gettext("Customer") if has_customers else gettext("Kind"),
            key="customer" if has_customers else "",
            is_number=False,
        ),
        Column(
            label=gettext("Last day") if events else gettext("Day"),
            key="day",
            is_number=False,
        ),
        Column(label=gettext("Rep"), key="rep", is_number=False),
    ]
    if events:
        columns[1:1] = [Column(label=gettext("First day"), is_number=False)]
        columns.append(Column(label=events))
    if len(measures) > 1:
        columns.append(Column(label=gettext("Counted as"), is_number=False))
    columns.append(Column(label=_amounts(measures.values()), key="amount"))

    def cells(row: Any) -> tuple[Cell, ...]:
        measure = measures[row.slot]
        amount = queries.in_unit(row.amount, measure, currency, found.periods[measure])
        cells = [
            Cell(
                text=row.customer_name or _kind(row),
                href=_address(row),
                full=_kind(row),
            ),
            Cell(text=formats.day(row.day, language=language)),
            Cell(text=_whose(row)),
        ]
        if events:
            first = formats.day(row.first_day, language=language) if row.first_day else "–"
            cells[1:1] = [Cell(text=first)]
            cells.append(Cell(text=f"{row.events or '–'}"))
        if len(measures) > 1:
            cells.append(Cell(text=to_text(measure, gettext)))
        return (
            *cells,
            _adds(row, measure, full(amount, measure.unit, currency, language=language)),
        )

    return Table(
        columns=tuple(columns), rows=tuple(cells(row) for row in found.page.rows), sort=sort
    )


def _adds(row: Any, measure: Measure, text: str) -> Cell:
    """Return what a row adds to a number; of one that waits, for which rate, and where to enter it.

    :param text: in the reporting currency
    """
    if not row.own_currency or not (measure.unit is Unit.MONEY or measure.key in _WAITING):
        return Cell(text=text)
    language = current_language()
    own = formats.money(row.own_amount_minor, row.own_currency, language=language)
    if measure.key not in _WAITING:
        return Cell(text=f"{text} ({own})")
    # Nobody knows yet what it adds.
    why = gettext(
        "waits for the rate of %(currency)s on %(day)s",
        currency=row.own_currency,
        day=formats.day(row.missing_rate_on, language=language),
    )
    href = ""
    if current_access().role is not Role.REP:
        day = row.missing_rate_on.isoformat()
        href = url_for("currencies_pages.index", currency=row.own_currency, day=day)
    return Cell(text=f"– ({own}), {why}", tone="warn", href=href)


def _by_rep(view: View, key: str) -> Table:
    """Return the value of each rep, for a number that is no sum of rows."""
    answer = view.answer([key], by=By.REP)
    return metric_table(
        answer.groups,
        answer.total,
        [key],
        label=gettext("Rep"),
        sort=request.args.get("sort", f"-{key}"),
        address=lambda rep_id: view.rows_url(key, rep_id=rep_id),
        currency=view.settings.reporting_currency,
        language=current_language(),
        page=read_page(request.args.get("page")),
    )


def _kind(row: Any) -> str:
    """Return what a row is; of a cost what it was spent on."""
    return gettext(COST_CATEGORIES[row.cost_category] if row.kind == COST else _KINDS[row.kind])


def _whose(row: Any) -> str:
    """Return the rep of a row; of a cost of no rep its team, or the company."""
    return row.rep_name or row.team_name or gettext("The company")


def _address(row: Any, *, external: bool = False) -> str:
    """Return the page that shows what a row is."""
    if row.kind == COST and current_access().role is Role.REP:
        return ""  # The number is a rep's, the books are the office's.
    if row.kind == CUSTOMER and not row.shows_customer:
        return ""  # Somebody else's by now.
    page = page_of(row.kind, row.id, external=external)
    if page:
        return page
    endpoint, values = {
        STOP: ("planning_pages.index", {"rep": row.rep_id, "week": Period.week(row.day).start}),
        EXPENSE: ("expenses_pages.index", {"rep": row.rep_id}),
        DAY: ("tracking_pages.show", {"rep_id": row.rep_id, "day": row.day.isoformat()}),
        REP: ("metrics_pages.activity", {"rep": row.id}),
        TARGET: ("target_pages.index", {"month": f"{row.day:%Y-%m}"}),
    }[row.kind]
    return url_for(endpoint, **values, _external=external)
