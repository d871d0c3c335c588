"""Targets as a grid of teams, reps and months."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from server.metrics.operations import targets
from server.metrics.operations.targets import RampError, TargetChange, TargetError
from server.metrics.sql.choices import HolderRow, holders_of_targets, ramps
from server.metrics.sql.reach import By, Reach
from server.metrics.sql.targets import Holder, calendar_of, target_sums, targets_as_set
from server.platform.access import Access
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.web import formats
from server.web.amounts import read_amount, typed_amount
from server.web.components import Pages, read_page
from server.web.filters import choice
from server.web.forms import expect_stamp, stamp, take_back, undoable
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from server.web.quantities import full, short
from shared.i18n import N_
from shared.metrics.formula import Unit
from shared.metrics.kpis.targets import GOALS, Goal
from shared.money import currency_exponent, to_major
from shared.time import Period, add_months, utc_now
from shared.vocabulary import Role

blueprint = Blueprint("target_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(endpoint="target_pages.index", label=N_("Targets"), icon="target", position=16, key="m"),
)
SETTERS = (Role.MANAGER, Role.ADMIN)
METRIC = "revenue"
MONTHS = 6
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """A target of a rep, or of a team as a whole, for a month."""

    name: str
    holder: Holder
    month: dt.date
    amount: int | None
    """As it is set now, in minor units for money."""
    now: str
    """The same as it stands in the form."""
    text: str
    note: str
    """What counts of it; or what the targets below a team without one come to."""
    note_full: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """The targets of a rep or a team."""

    name: str
    is_team: bool
    cells: tuple[GridCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What counts of all together in a month."""

    text: str
    full: str
    is_of_teams: bool
    """Whether targets of teams as a whole make it another sum than that of the reps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What the page shows: months, and the targets of one number for each team and rep."""

    goal: Goal
    months: tuple[dt.date, ...]
    worked: dict[dt.date, int]
    """Working days of each month."""
    rows: tuple[HolderRow, ...]
    cells: Callable[[Holder], tuple[GridCell, ...]]
    """Those of one row; a page shows few of many."""
    totals: dict[dt.date, Total]


@blueprint.get("/targets")
@signed_in()
def index() -> ResponseReturnValue:
    """Show the grid."""
    return _render(_grid(current_access()), {})


@blueprint.post("/targets")
@signed_in(*SETTERS)
def save() -> ResponseReturnValue:
    """Set what was changed in the grid; show it again, as typed, where something is wrong."""
    access, at = current_access(), utc_now()
    grid = _grid(access)
    try:
        changes = _read(grid)
        with transaction():
            targets.set_targets(
                metric_key=grid.goal.metric.key, changes=changes, at=at, by=access.user_id
            )
    except ProblemError as problem:
        return _render(_grid(access), dict(request.form.items()), problem), problem.status
    address = _address(grid)
    if changes:
        told = ngettext("%(num)s target is set.", "%(num)s targets are set.", len(changes))
        tell(undoable(told, url_for(".undo", **address), at=at))
    else:
        tell(Notice(text=gettext("Nothing was changed.")))
    return redirect(url_for(".index", **address))


@blueprint.post("/targets/undo")
@signed_in(*SETTERS)
def undo() -> ResponseReturnValue:
    """Set targets back to what they were before the grid was saved."""
    access = current_access()
    rows = holders_of_targets(access=access, day=business_today())
    holders = {row.holder.id: row.holder for row in rows}
    take_back(
        partial(targets.undo_targets, holders=holders, by=access.user_id),
        told=N_("The targets are as they were before."),
        at=utc_now(),
    )
    return redirect(url_for(".index", **_address(_grid(access))))


def _address(grid: Grid) -> dict[str, Any]:
    """Return what the address of the grid says."""
    page = read_page(request.values.get("page"))
    return {
        "metric": None if grid.goal.metric.key == METRIC else grid.goal.metric.key,
        "month": grid.months[0].isoformat(),
        "page": page if page > 1 else None,
    }


@blueprint.post("/targets/ramp")
@signed_in(Role.ADMIN)
def set_ramp() -> ResponseReturnValue:
    """Set the ramp of those who join from a day on; show the page again if it is none."""
    access, at = current_access(), utc_now()
    try:
        start_on, percents = _ramp()
        with transaction():
            expect_stamp(ramps())
            targets.set_ramp(start_on=start_on, percents=percents, at=at, by=access.user_id)
    except ProblemError as problem:
        typed = dict(request.form.items())
        return _render(_grid(access), typed, ramp_problem=problem), problem.status
    address = _address(_grid(access))
    tell(undoable(gettext("The ramp is set."), url_for(".undo_ramp", **address), at=at))
    return redirect(url_for(".index", **address, _anchor="ramp"))


@blueprint.post("/targets/ramp/undo")
@signed_in(Role.ADMIN)
def undo_ramp() -> ResponseReturnValue:
    """Bring back the ramp that was there before."""
    access = current_access()
    take_back(
        partial(targets.undo_ramp, by=access.user_id),
        told=N_("The ramp is as it was before."),
        at=utc_now(),
    )
    return redirect(url_for(".index", **_address(_grid(access)), _anchor="ramp"))


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


def _grid(access: Access) -> Grid:
    today = business_today()
    metric = request.values.get("metric", "")
    goal = GOALS[metric if metric in GOALS else METRIC]
    key = goal.metric.key
    first = _first_month(request.values.get("month", ""), today)
    months = tuple(add_months(first, number) for number in range(MONTHS))
    periods = [Period.month(each.year, each.month) for each in months]
    calendar = calendar_of(periods)
    by_rep = target_sums([key], periods, Reach(access=access, by=By.REP))
    by_team = target_sums([key], periods, Reach(access=access, by=By.TEAM))
    together = target_sums([key], periods, Reach(access=access))
    amounts = targets_as_set(key, months, Reach(access=access))

    def cell(holder: Holder, period: Period) -> GridCell:
        amount = amounts.get((holder, period.start))
        counted = (by_team if holder.is_team else by_rep).get((key, period, holder.id), 0)
        text, full_text = _texts(goal, counted)
        note = ""
        if holder.is_team and amount is None and counted:
            note = gettext("of the reps: %(amount)s", amount=text)
        elif amount is not None and counted != amount:
            note = gettext("counts %(amount)s", amount=text)
        return GridCell(
            name=_name(holder, period.start),
            holder=holder,
            month=period.start,
            amount=amount,
            now="" if amount is None else _in_form(goal, amount),
            text=formats.NOTHING if amount is None else _texts(goal, amount)[1],
            note=note,
            note_full=full_text,
        )

    totals = {}
    for period in periods:
        total = together.get((key, period, None), 0)
        of_reps = sum(amount for (_, of, _), amount in by_rep.items() if of == period)
        text, full_text = _texts(goal, total)
        totals[period.start] = Total(text=text, full=full_text, is_of_teams=total != of_reps)
    return Grid(
        goal=goal,
        months=months,
        worked={period.start: calendar.days(period) for period in periods},
        rows=tuple(holders_of_targets(access=access, day=today)),
        cells=lambda holder: tuple(cell(holder, period) for period in periods),
        totals=totals,
    )


def _name(holder: Holder, month: dt.date) -> str:
    """Return how the form calls a cell."""
    return f"{holder.id}-{month.isoformat()}"


def _texts(goal: Goal, amount: int) -> tuple[str, str]:
    """Return an amount in a few characters, and in full."""
    currency, unit, language = _currency_of(goal), goal.target.unit, current_language()
    value = to_major(amount, currency) if currency else Decimal(amount)
    return (
        short(value, unit, currency or "", language=language),
        full(value, unit, currency or "", language=language),
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
    :raises NotFoundError: if one is of somebody whom the caller does not see
    """
    known = {
        _name(row.holder, month): (row.holder, month) for row in grid.rows for month in grid.months
    }
    changes = []
    for name, text in request.form.items():
        if not name.startswith("t-"):
            continue
        if name[2:] not in known:
            raise NotFoundError
        before = request.form.get(f"b-{name[2:]}", "")
        seen, wanted = _amount(grid.goal, before), _amount(grid.goal, text)
        if seen != wanted:
            holder, month = known[name[2:]]
            changes.append(TargetChange(holder=holder, month=month, seen=seen, wanted=wanted))
    return changes


def _amount(goal: Goal, text: str) -> int | None:
    """Return minor units, or a number; None where nothing is typed."""
    if not text.strip():
        return None
    amount = read_amount(text, _currency_of(goal))
    if amount is None:
        raise TargetError
    return amount


def _currency_of(goal: Goal) -> str | None:
    """Return the reporting currency; None for a number that is no money."""
    settings = current_settings()
    return settings.reporting_currency if goal.target.unit is Unit.MONEY else None


def _in_form(goal: Goal, amount: int) -> str:
    """Return an amount as it stands in a cell: in groups, where these cannot be decimals."""
    currency = _currency_of(goal)
    text = typed_amount(amount, currency)
    if not text.isdigit() or (currency and currency_exponent(currency) > 2):
        return text
    return formats.number(int(text), language=current_language())


def _render(
    grid: Grid,
    typed: dict[str, str],
    problem: ProblemError | None = None,
    *,
    ramp_problem: ProblemError | None = None,
) -> str:
    pages = Pages.at(read_page(request.values.get("page")), size=PAGE_SIZE, total=len(grid.rows))
    known_ramps = ramps()
    address = _address(grid)
    return render_template(
        "metrics/targets.html",
        grid=grid,
        pages=pages,
        rows=[
            GridRow(name=row.name, is_team=row.holder.is_team, cells=grid.cells(row.holder))
            for row in grid.rows[pages.offset : pages.last]
        ],
        typed=typed,
        currency=_currency_of(grid.goal),
        numbers=choice(
            "metric",
            gettext("Number"),
            {key: gettext(goal.metric.name) for key, goal in GOALS.items()},
            arguments=request.values,
        ),
        may_set=current_access().role in SETTERS,
        address=address,
        before=url_for(
            ".index", **address | {"month": add_months(grid.months[0], -MONTHS).isoformat()}
        ),
        after=url_for(
            ".index", **address | {"month": add_months(grid.months[0], MONTHS).isoformat()}
        ),
        problem=gettext(problem.title) if problem else "",
        ramps=known_ramps,
        ramps_base=stamp(known_ramps),
        ramp_problem=gettext(ramp_problem.title) if ramp_problem else "",
        today=business_today(),
    )
