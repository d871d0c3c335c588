"""The daily activity report: rep by rep and day by day, as supervisors put it on the wall.

All numbers are those of the catalogue, cut into days: planned and visited customers are the two
sides of the journey plan's fulfilment, visits outside the fence those of compliance.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.metrics import queries
from server.metrics.pages.view import View, common, read_view
from server.metrics.queries import Answer, Group
from server.metrics.sql.reach import By
from server.metrics.sql.remarks import Remark, read_remarks
from server.metrics.sql.rows import read_rep_days
from server.platform.auth import signed_in
from server.web import formats
from server.web.components import Cell, Column, Pages, Table, read_page
from server.web.downloads import ROUTE, download
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.quantities import short
from shared.i18n import N_
from shared.metrics.catalog import measures_of
from shared.metrics.definition import MetricValue
from shared.metrics.formula import Unit
from shared.time import Grain, Period

blueprint = Blueprint("daily_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="daily_pages.report",
        label=N_("Daily report"),
        icon="clipboard-text-outline",
        position=14,
        key="d",
    ),
)
MOST_DAYS = 31
PAGE_SIZE = 200
"""Days of reps on a page."""
_MOST_CELLS = 4096
METRICS = (
    "pjp_rate",
    "calls",
    "call_compliance",
    "geofence_compliance",
    "productive_calls",
    "no_sale_share",
    "won_deals",
    "revenue",
    "first_call_time",
    "last_call_time",
    "work_duration",
    "time_in_store_total",
    "travel_distance",
)
_Values = Mapping[str, MetricValue]


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of the report."""

    label: str
    hint: str
    unit: Unit
    read: Callable[[_Values], Decimal | None]
    key: str = ""
    """The metric whose rows are behind it."""


def _numerator(key: str) -> Callable[[_Values], Decimal | None]:
    return lambda values: values[key].numerator


def _value(key: str) -> Callable[[_Values], Decimal | None]:
    return lambda values: values[key].value


def _unplanned(values: _Values) -> Decimal | None:
    return (values["calls"].value or Decimal(0)) - (values["call_compliance"].numerator or 0)


def _outside(values: _Values) -> Decimal | None:
    value = values["geofence_compliance"]
    return (value.denominator or Decimal(0)) - (value.numerator or 0)


FIGURES = (
    Figure(
        N_("Plan"),
        N_("Customers planned for the day, without stops cancelled with a reason"),
        Unit.COUNT,
        lambda values: values["pjp_rate"].denominator,
    ),
    Figure(N_("Done"), N_("Planned customers visited"), Unit.COUNT, _numerator("pjp_rate")),
    Figure(
        N_("Of plan"),
        N_("Planned customers visited, of those planned"),
        Unit.PERCENT,
        _value("pjp_rate"),
    ),
    Figure(N_("Visits"), N_("All visits of the day"), Unit.COUNT, _value("calls"), "calls"),
    Figure(N_("Unplanned"), N_("Visits to customers not planned"), Unit.COUNT, _unplanned),
    Figure(N_("Outside"), N_("Visits whose check-in was outside the fence"), Unit.COUNT, _outside),
    Figure(
        N_("Effective"),
        N_("Visits with an order"),
        Unit.COUNT,
        _value("productive_calls"),
        "productive_calls",
    ),
    Figure(
        N_("No sale"), N_("Visits with a no-sale reason"), Unit.COUNT, _numerator("no_sale_share")
    ),
    Figure(N_("Orders"), N_("Won deals of the day"), Unit.COUNT, _value("won_deals"), "won_deals"),
    Figure(N_("Value"), N_("Their value"), Unit.MONEY, _value("revenue"), "revenue"),
    Figure(N_("First"), N_("First check-in"), Unit.CLOCK, _value("first_call_time")),
    Figure(N_("Last"), N_("Last check-out"), Unit.CLOCK, _value("last_call_time")),
    Figure(
        N_("In the field"),
        N_("From the first check-in to the last check-out, by day worked"),
        Unit.HOURS,
        _value("work_duration"),
    ),
    Figure(N_("In store"), N_("Time in store, total"), Unit.HOURS, _value("time_in_store_total")),
    Figure(N_("Distance (km)"), N_("Travel distance"), Unit.KILOMETRES, _value("travel_distance")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The remarks of a rep on a day."""

    rep_name: str
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of the report."""

    label: str
    table: Table
    said: tuple[Said, ...]


@blueprint.get("/reports/daily")
@signed_in()
def report() -> ResponseReturnValue:
    """Show the report, the latest day first."""
    view, is_cut = _view()
    answer = view.answer(view.known(METRICS), series=Grain.DAY)
    question = view.question(view.known(METRICS))
    page = read_rep_days(
        measures_of(question.metrics),
        question.period,
        question.reach(view.access),
        number=read_page(request.args.get("page")),
        size=PAGE_SIZE,
    )
    return render_template(
        "metrics/daily.html",
        **common(view, answer),
        days=_shown(view, answer, page.rows),
        pages=Pages.of(page),
        summary=_summary(view, answer) if len(_days(answer)) > 1 else None,
        is_cut=is_cut,
        most_days=MOST_DAYS,
    )


@blueprint.get(f"/reports/daily.{ROUTE}")
@signed_in()
def export(kind: str) -> ResponseReturnValue:
    """Download a row for each rep and day."""
    view, _ = _view()
    answer = _answer(view)
    header = [gettext("Day"), gettext("Rep"), *(gettext(each.label) for each in FIGURES)]
    name = f"tapak-daily-{view.chosen.period.start}-{view.chosen.last_day}"
    return download(name, [*header, gettext("Remarks")], _export_rows(view, answer), kind=kind)


def _export_rows(view: View, answer: Answer) -> Iterator[list[object]]:
    remarks = read_remarks(
        access=view.access,
        period=view.chosen.period,
        rep_ids=[str(group.id) for group in answer.groups],
    )
    for number, (day, _) in enumerate(_days(answer)):
        for group in answer.groups:
            values = group.series[number].values
            if _is_empty(values):
                continue
            said = remarks.get((str(group.id), day), [])
            yield [
                day,
                group.name,
                *(_plain(figure, values) for figure in FIGURES),
                " | ".join(f"{each.customer_name}: {each.text}" for each in said),
            ]


def _plain(figure: Figure, values: _Values) -> object:
    value = figure.read(values)
    if value is not None and figure.unit is Unit.CLOCK:
        hours, minutes = divmod(int(value) // 60, 60)
        return f"{hours:02d}:{minutes:02d}"
    return value


def _view() -> tuple[View, bool]:
    """Return what is asked for, cut to its last `MOST_DAYS` days, and whether that cut it."""
    view = read_view(default="today")
    period = view.chosen.period
    end = min(period.end, view.today + dt.timedelta(days=1))
    start = max(period.start, end - dt.timedelta(days=MOST_DAYS))
    is_cut = start > period.start
    if start < end and is_cut:
        view = replace(view, chosen=replace(view.chosen, period=Period(start, period.end)))
    choices = tuple(each for each in view.choices if each.name not in ("source", "compare"))
    return replace(view, source="", choices=choices), is_cut


def _answer(view: View) -> Answer:
    return view.answer(view.known(METRICS), by=By.REP, series=Grain.DAY)


def _days(answer: Answer) -> list[tuple[dt.date, _Values]]:
    return [(point.period.start, point.values) for point in answer.total.series]


def _is_empty(values: _Values) -> bool:
    return not any(figure.read(values) for figure in FIGURES)


def _shown(view: View, answer: Answer, rep_days: Sequence[tuple[str, dt.date]]) -> list[Day]:
    """Return these days of reps, day by day, with what all of them come to."""
    if not rep_days:
        return []
    days = [day for _, day in rep_days]
    period = Period(min(days), max(days) + dt.timedelta(days=1))
    rep_ids = frozenset(rep_id for rep_id, _ in rep_days)
    part = replace(view, chosen=replace(view.chosen, period=period))
    question = part.question(view.known(METRICS), by=By.REP, series=Grain.DAY)
    of_reps = queries.metric_values(access=view.access, question=replace(question, rep_ids=rep_ids))
    reps = {str(group.id): group for group in of_reps.groups}
    remarks = read_remarks(access=view.access, period=period, rep_ids=rep_ids)
    totals = dict(_days(answer))
    return [
        _day(view, day, totals[day], [reps[rep_id] for rep_id, _ in there], remarks)
        for day, there in groupby(rep_days, key=itemgetter(1))
    ]


def _day(
    view: View,
    day: dt.date,
    total: _Values,
    reps: Sequence[Group],
    remarks: Mapping[tuple[str, dt.date], Sequence[Remark]],
) -> Day:
    of_day = [(group, _on(group, day)) for group in reps]
    there = [(group, values) for group, values in of_day if not _is_empty(values)]
    return Day(
        label=formats.weekday(day, language=current_language()),
        table=Table(
            columns=_columns(gettext("Rep")),
            rows=tuple(_row(view, group, day, values) for group, values in there),
            totals=(Cell(text=gettext("All together")), *_cells(view, total))
            if len(there) > 1
            else (),
        ),
        said=tuple(
            Said(rep_name=group.name, remarks=tuple(found))
            for group, _ in there
            if (found := remarks.get((str(group.id), day)))
        ),
    )


def _on(group: Group, day: dt.date) -> _Values:
    return next(point.values for point in group.series if point.period.start == day)


def _row(view: View, group: Group, day: dt.date, values: _Values) -> tuple[Cell, ...]:
    address = url_for("tracking_pages.show", rep_id=group.id, day=day.isoformat())
    return (Cell(text=group.name, href=address), *_cells(view, values))


def _summary(view: View, answer: Answer) -> Table:
    """Return the days side by side, and the whole period below."""
    language = current_language()
    total = {key: compared.value for key, compared in answer.total.values.items()}
    return Table(
        columns=_columns(gettext("Day")),
        rows=tuple(
            (Cell(text=formats.day(day, language=language)), *_cells(view, values))
            for day, values in reversed(_days(answer))
        ),
        totals=(Cell(text=gettext("All together")), *_cells(view, total)),
    )


def _columns(first: str) -> tuple[Column, ...]:
    return (
        Column(label=first, is_number=False),
        *(Column(label=gettext(each.label), hint=gettext(each.hint)) for each in FIGURES),
    )


def _cells(view: View, values: _Values) -> list[Cell]:
    of_units = _of_units(view.settings.reporting_currency, current_language())
    return [of_units[number][figure.read(values)] for number, figure in enumerate(FIGURES)]


class _ByValue(dict[Decimal | None, Cell]):
    """The cells of a unit by what they show: three thousand stand on a page, most of them alike."""

    def __init__(self, unit: Unit, currency: str, language: str) -> None:
        super().__init__()
        self._show = partial(short, unit=unit, currency=currency, language=language)

    def __missing__(self, value: Decimal | None) -> Cell:
        if len(self) >= _MOST_CELLS:
            self.clear()
        cell = self[value] = Cell(text=self._show(value))
        return cell


@lru_cache
def _of_units(currency: str, language: str) -> list[_ByValue]:
    """Return the cells of each figure's unit."""
    units = {figure.unit: _ByValue(figure.unit, currency, language) for figure in FIGURES}
    return [units[figure.unit] for figure in FIGURES]
