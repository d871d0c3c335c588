"""Targets as a grid of reps and months, and the reps ranked by how they stand to them."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from server.metrics.operations import targets
from server.metrics.operations.targets import RampError, TargetChange, TargetError
from server.metrics.pages.view import common, read_view
from server.metrics.queries import Group
from server.metrics.sql.choices import ramps
from server.metrics.sql.reach import By, Reach
from server.metrics.sql.targets import holidays_in, target_sums, targets_of_reps
from server.platform.access import Access
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.teams.queries import RepRow, list_reps
from server.web import formats
from server.web.amounts import read_amount, typed_amount
from server.web.catalogue import all_metrics
from server.web.components import Cell, Column, Pages, Table, known_first, read_page
from server.web.filters import choice
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from server.web.quantities import full, short_of
from shared.i18n import N_
from shared.money import currency_exponent
from shared.time import Period, add_months, utc_now, working_days
from shared.vocabulary import Role

blueprint = Blueprint("target_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="target_pages.leaderboard",
        label=N_("Leaderboard"),
        icon="trophy-outline",
        position=14,
    ),
    Entry(endpoint="target_pages.index", label=N_("Targets"), icon="target", position=16),
)
SETTERS = (Role.MANAGER, Role.ADMIN)
METRIC = "revenue"
MONTHS = 6
PAGE_SIZE = 50
RANKED_BY = (
    "revenue",
    "won_deals",
    "calls",
    "productive_calls",
    "strike_rate",
    "average_purchase_value",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What the page shows: months, and for each rep the targets in major units."""

    months: tuple[dt.date, ...]
    worked: dict[dt.date, int]
    """Working days of each month."""
    reps: tuple[RepRow, ...]
    amounts: dict[tuple[str, dt.date], int]
    """As they are now, in minor units."""
    counted: dict[tuple[str, dt.date], int]
    """What of it counts: by the ramp and the working time of the rep."""
    totals: dict[dt.date, int]
    """What counts of all together: a target of a team as a whole stands for those of its reps."""
    of_reps: dict[dt.date, int]
    """What counts of the reps' alone."""


@blueprint.get("/targets")
@signed_in()
def index() -> ResponseReturnValue:
    """Show the grid."""
    return _render(_grid(current_access(), request.args.get("month", "")), {})


@blueprint.post("/targets")
@signed_in(*SETTERS)
def save() -> ResponseReturnValue:
    """Set what was changed in the grid; show it again, as typed, where something is wrong."""
    access = current_access()
    grid = _grid(access, request.form.get("month", ""))
    try:
        changes = _read(grid)
        with transaction():
            targets.set_targets(
                metric_key=METRIC,
                changes=changes,
                at=utc_now(),
                by=access.user_id,
            )
    except ProblemError as problem:
        fresh = _grid(access, request.form.get("month", ""))
        return _render(fresh, dict(request.form.items()), problem), problem.status
    told = gettext("Nothing was changed.")
    if changes:
        told = ngettext("%(num)s target is set.", "%(num)s targets are set.", len(changes))
    tell(Notice(text=told))
    page = read_page(request.form.get("page"))
    return redirect(
        url_for(".index", month=grid.months[0].isoformat(), page=page if page > 1 else None)
    )


@blueprint.post("/targets/ramp")
@signed_in(Role.ADMIN)
def set_ramp() -> ResponseReturnValue:
    """Set the ramp of those who join from a day on; show the page again if it is none."""
    access = current_access()
    try:
        start_on, percents = _ramp()
        with transaction():
            targets.set_ramp(start_on=start_on, percents=percents, at=utc_now(), by=access.user_id)
    except ProblemError as problem:
        grid = _grid(access, request.form.get("month", ""))
        return _render(grid, dict(request.form.items()), ramp_problem=problem), problem.status
    tell(Notice(text=gettext("The ramp is set.")))
    return redirect(url_for(".index", month=request.form.get("month", ""), _anchor="ramp"))


def _ramp() -> tuple[dt.date, list[int]]:
    """Return the day and the percentages of the form.

    :raises RampError: if it says none
    """
    words = re.split(r"[\s,;%]+", request.form.get("percents", ""))
    try:
        start_on = dt.date.fromisoformat(request.form.get("start_on", ""))
        percents = [int(word) for word in words if word]
    except ValueError:
        raise RampError from None
    if not percents:
        raise RampError
    return start_on, percents


@blueprint.get("/leaderboard")
@signed_in()
def leaderboard() -> ResponseReturnValue:
    """Rank the reps by attainment or improvement, not only by totals."""
    view = read_view()
    metrics = all_metrics()
    chosen = choice(
        "by",
        gettext("Number"),
        {key: gettext(metrics[key].name) for key in RANKED_BY},
        arguments=request.args,
    )
    key = chosen.chosen.value if chosen.chosen else RANKED_BY[0]
    answer = view.answer(list(dict.fromkeys((key, "target_attainment"))), by=By.REP)
    language, currency = current_language(), view.settings.reporting_currency
    metric = metrics[key]
    columns = (
        Column(label=gettext("Rep"), key="name", is_number=False),
        Column(
            label=gettext("Attainment"), key="attainment", hint=gettext("Part of the own target")
        ),
        Column(
            label=gettext("Improvement"), key="improvement", hint=gettext("Against the own past")
        ),
        Column(label=gettext(metric.name), key="value", hint=gettext(metric.description)),
    )
    values: dict[str, Callable[[Group], Any]] = {
        "name": lambda group: group.name.casefold(),
        "attainment": lambda group: group.values["target_attainment"].value.value,
        "improvement": lambda group: group.values[key].change,
        "value": lambda group: group.values[key].value.value,
    }
    sort = request.args.get("sort", "")
    sort = sort if sort.lstrip("-") in values else "-attainment"
    pages = Pages.at(read_page(request.args.get("page")), size=PAGE_SIZE, total=len(answer.groups))
    ranked = known_first(
        answer.groups, values[sort.lstrip("-")], is_descending=sort.startswith("-")
    )
    rows: list[tuple[Cell, ...]] = []
    for group in ranked[pages.offset : pages.last]:
        compared, attained = group.values[key], values["attainment"](group)
        rows.append(
            (
                Cell(text=group.name),
                Cell(text=formats.percent(attained, 0, language=language)),
                Cell(
                    text=_signed(compared.change, language),
                    tone="" if not compared.change else "good" if compared.change > 0 else "bad",
                ),
                Cell(
                    text=short_of(metric, compared.value.value, currency, language=language),
                    full=full(compared.value.value, metric.unit, currency, language=language),
                    href=view.rows_url(key, rep_id=group.id or ""),
                ),
            )
        )
    return render_template(
        "metrics/leaderboard.html",
        **common(view, answer),
        ranked_by=chosen,
        table=Table(columns=columns, rows=tuple(rows), sort=sort, pages=pages),
    )


def _signed(change: Decimal | None, language: str) -> str:
    text = formats.percent(change, 0, language=language)
    return f"+{text}" if change is not None and change > 0 else text


def _grid(access: Access, month: str) -> Grid:
    today = business_today()
    first = _first_month(month, today)
    months = tuple(add_months(first, number) for number in range(MONTHS))
    periods = [Period.month(each.year, each.month) for each in months]
    holidays = holidays_in(periods)
    by_rep = target_sums(METRIC, periods, Reach(access=access, by=By.REP))
    together = target_sums(METRIC, periods, Reach(access=access))
    return Grid(
        months=months,
        worked={period.start: working_days(period, holidays) for period in periods},
        reps=tuple(list_reps(access=access, day=today)),
        amounts=targets_of_reps(METRIC, months, Reach(access=access)),
        counted={(str(rep), period.start): amount for (period, rep), amount in by_rep.items()},
        totals={period.start: together.get((period, None), 0) for period in periods},
        of_reps={
            period.start: sum(amount for (of, _), amount in by_rep.items() if of == period)
            for period in periods
        },
    )


def _first_month(text: str, today: dt.date) -> dt.date:
    try:
        wanted = dt.date.fromisoformat(text)
    except ValueError:
        wanted = add_months(today, -1)
    return min(max(wanted, dt.date(2000, 1, 1)), dt.date(2100, 1, 1)).replace(day=1)


def _read(grid: Grid) -> list[TargetChange]:
    """Return the cells that differ from what was shown.

    :raises TargetError: if one is no whole amount
    :raises NotFoundError: if one is of a rep that the caller does not see
    """
    known = {
        f"{rep.id}-{month.isoformat()}": (rep.id, month)
        for rep in grid.reps
        for month in grid.months
    }
    changes = []
    for name, text in request.form.items():
        if not name.startswith("t-"):
            continue
        if name[2:] not in known:
            raise NotFoundError
        seen, wanted = _amount(request.form.get(f"b-{name[2:]}", "")), _amount(text)
        if seen != wanted:
            rep_id, month = known[name[2:]]
            changes.append(TargetChange(rep_id=rep_id, month=month, seen=seen, wanted=wanted))
    return changes


def _amount(text: str) -> int | None:
    """Return minor units; None where nothing is typed."""
    if not text.strip():
        return None
    amount_minor = read_amount(text, _currency())
    if amount_minor is None:
        raise TargetError
    return amount_minor


def _currency() -> str:
    settings: Settings = current_app.extensions["settings"]
    return settings.reporting_currency


def _in_form(amount_minor: int, currency: str) -> str:
    """Return an amount as it stands in a cell: in groups, where these cannot be decimals."""
    text = typed_amount(amount_minor, currency)
    if not text.isdigit() or currency_exponent(currency) > 2:
        return text
    return formats.number(int(text), language=current_language())


def _render(
    grid: Grid,
    typed: dict[str, str],
    problem: ProblemError | None = None,
    *,
    ramp_problem: ProblemError | None = None,
) -> str:
    currency = _currency()
    shown = {
        f"{rep_id}-{month.isoformat()}": _in_form(amount, currency)
        for (rep_id, month), amount in grid.amounts.items()
    }
    pages = Pages.at(read_page(request.values.get("page")), size=PAGE_SIZE, total=len(grid.reps))
    return render_template(
        "metrics/targets.html",
        grid=grid,
        pages=pages,
        reps=grid.reps[pages.offset : pages.last],
        shown=shown,
        typed=typed,
        currency=currency,
        may_set=current_access().role in SETTERS,
        before=add_months(grid.months[0], -MONTHS).isoformat(),
        after=add_months(grid.months[0], MONTHS).isoformat(),
        problem=gettext(problem.title) if problem else "",
        ramps=ramps(),
        ramp_problem=gettext(ramp_problem.title) if ramp_problem else "",
        today=business_today(),
    )
