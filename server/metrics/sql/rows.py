"""Reading the rows behind numbers, for everybody as far as their numbers reach."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from server.costs.models import Cost
from server.customers.models import Customer
from server.customers.queries.customers import CustomerFilter, of_filter
from server.deals.models import Deal
from server.expenses.models import Expense
from server.identity.models import User
from server.metrics.models import DailyRollup
from server.metrics.rollups.behind import COST, DEAL, EXPENSE, counted_by, rows_behind
from server.metrics.rollups.counting import one_if, with_class
from server.metrics.rollups.scope import RepDay, Scope
from server.metrics.sql.asked import ask_whose
from server.metrics.sql.other_rows import other_rows, rep_days
from server.metrics.sql.reach import BEFORE_ALL, NO_CUT, Cut, Reach
from server.metrics.sql.read import read
from server.metrics.sql.row_columns import NO_DAY, NO_NUMBER
from server.metrics.sql.teams import reps_in
from server.metrics.sql.totals import day_sums
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.paging import LARGEST_SIZE, Page, read_in_pieces
from server.teams.models import Team, TeamMembership
from shared.i18n import N_
from shared.metrics.formula import Kind, Measure
from shared.money import to_major
from shared.time import Period

_ROLLUP = DailyRollup.__table__.c
_EVERY_CUSTOMER = CustomerFilter(closed=None)
LATEST_FIRST = "-day"
_OTHER_ORDERS = ("rep", "customer", "amount")
_BY_DAY = {"amount": LATEST_FIRST, "-amount": LATEST_FIRST}
"""How rows are sorted that all add the same."""
_OF_CUSTOMERS = NO_DAY.label("first_day"), NO_NUMBER.label("events")
"""What only customers that count once have."""


NOT_SUMMED = {Kind.MEDIAN, Kind.MIN, Kind.MAX, Kind.CALENDAR}
_ONCE = {Kind.STOCK, Kind.DISTINCT, Kind.TARGET, Kind.PREDICTION}
"""What is counted up from before all days, or once in all of them."""


class NoDenominatorError(ProblemError):
    """The metric is no ratio."""

    code = "no_denominator"
    status = 422
    title = N_("This number is not divided by anything.")


class NoRowsError(ProblemError):
    """Nothing is counted in this part of the number: it is a figure of the calendar."""

    code = "no_rows_behind"
    status = 422
    title = N_("This number is not made up of rows, so there are none to show.")


@dataclass(frozen=True, kw_only=True)
class RowsBehind:
    """A page of rows, and how many rows make up how much of each measure."""

    rows: Mapping[Measure, int]
    totals: Mapping[Measure, Decimal | None]
    """Money in minor units. Of a median the middle of the rows, of a first time the earliest: of
    these, and of a figure of the calendar, none where there is none."""
    periods: Mapping[Measure, Period]
    page: Page[Any]


def read_rows(
    wanted: Mapping[Measure, Period],
    reach: Reach,
    *,
    number: int,
    size: int,
    sort: str = LATEST_FIRST,
) -> RowsBehind | None:
    """Return the rows that these measures are made up of; None if none of them has any.

    :param sort: `day`, `rep`, `customer` or `amount`; with a minus, the largest first
    """
    size = min(max(size, 1), LARGEST_SIZE)
    # As many rows as each day has been counted to have; the others have to be looked through.
    counts = {} if reach.dimensions else _counts(wanted)
    others = {measure: period for measure, period in wanted.items() if measure not in counts}
    row = _rows(others, reach)
    if row is None and not counts:
        return None
    if not others and all(measure == counted for measure, counted in counts.items()):
        sort = _BY_DAY.get(sort, sort)  # none of them adds more than another
    sums = {measure.slot: (0, 0) for measure in wanted}
    of_days: Counter[dt.date] = Counter()
    for slot, day, rows, amount in (*_day_sums(wanted, counts, reach), *_counted(row)):
        sums[slot] = (sums[slot][0] + rows, sums[slot][1] + int(amount))
        of_days[day] += rows
    total = sum(rows for rows, _ in sums.values())
    number = min(max(number, 1), max(1, -(-total // size)))
    offset = (number - 1) * size
    if sort.removeprefix("-") not in _OTHER_ORDERS and None not in of_days:
        # Only the days that the page is about, so that its time does not grow with the period.
        period, offset = days_of_page(of_days, offset, size, is_descending=sort != "day")
        row = _rows_on(wanted, period, reach)
    elif counts:
        row = _rows(wanted, reach)
    page: list[Any] = []
    if row is not None:
        page += db.session.execute(_page(row, sort, reach.access, size, offset)).all()
    return RowsBehind(
        rows={measure: sums[measure.slot][0] for measure in wanted},
        totals={measure: Decimal(sums[measure.slot][1]) for measure in wanted}
        | _not_summed(wanted, reach),
        periods=wanted,
        page=Page(rows=page, number=number, size=size, total=total),
    )


def _counts(wanted: Iterable[Measure]) -> Mapping[Measure, Measure]:
    return {each: counted for each in wanted if (counted := counted_by(each)) is not None}


def _day_sums(
    wanted: Mapping[Measure, Period], counts: Mapping[Measure, Measure], reach: Reach
) -> Iterable[tuple[str, dt.date, int, int]]:
    return day_sums({each: wanted[each] for each in counts}, counts, reach) if counts else ()


def _not_summed(wanted: Mapping[Measure, Period], reach: Reach) -> dict[Measure, Decimal | None]:
    """Return those measures that are something else than what their rows add up to."""
    apart = {each: period for each, period in wanted.items() if each.kind in NOT_SUMMED}
    known = read({each: frozenset({period}) for each, period in apart.items()}, reach)
    return {each: known.get((period, None), {}).get(each.key) for each, period in apart.items()}


def _counted(row: Subquery | None) -> Iterable[tuple[str, dt.date, int, int]]:
    """Return for each measure and day how many rows there are, and what they add up to."""
    if row is None:
        return ()
    columns = row.c.slot, row.c.day, func.count(), func.sum(row.c.amount)
    counted = db.session.execute(select(*columns).group_by(row.c.slot, row.c.day))
    return (tuple(each) for each in counted)


def read_rep_days(
    measures: Iterable[Measure], period: Period, reach: Reach, *, number: int, size: int
) -> Page[RepDay]:
    """Return a page of the rep-days on which one of the measures is not zero.

    The latest day comes first, its reps by name.
    """
    columns = tuple(each.column for each in measures if each.kind is Kind.SUM)
    found = ask_whose(_counts_of_days, columns, reach, start=period.start, end=period.end)
    counts = Counter[dt.date](dict(found))
    total = counts.total()
    number = min(max(number, 1), max(1, -(-total // size)))
    days, offset = days_of_page(counts, (number - 1) * size, size, is_descending=True)
    within: Mapping[str, Any] = {"start": days.start, "end": days.end}
    found = ask_whose(_rep_days, columns, reach, **within, size=size, offset=offset)
    keys = [(rep_id, day) for rep_id, day in found]
    return Page(rows=keys, number=number, size=size, total=total)


def _counts_of_days(columns: Sequence[str], reach: Reach) -> Select[*tuple[Any, ...]]:
    day = _ROLLUP.day
    return select(day, func.count()).where(*_counts_something(columns, reach)).group_by(day)


def _rep_days(columns: Sequence[str], reach: Reach) -> Select[*tuple[Any, ...]]:
    return (
        select(_ROLLUP.rep_id, _ROLLUP.day)
        .join(User, User.id == _ROLLUP.rep_id)
        .where(*_counts_something(columns, reach))
        .order_by(_ROLLUP.day.desc(), User.name, User.id)
        .limit(bindparam("size", type_=Integer()))
        .offset(bindparam("offset", type_=Integer()))
    )


def _counts_something(columns: Sequence[str], reach: Reach) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on days, from a first to a last, with any of these in their totals."""
    return (
        or_(*(_ROLLUP[column] != 0 for column in columns)),
        reach.rows(_ROLLUP.rep_id, _ROLLUP.team_id),
        _ROLLUP.day >= bindparam("start"),
        _ROLLUP.day < bindparam("end"),
    )


def days_of_page(
    counts: Counter[dt.date], offset: int, size: int, *, is_descending: bool
) -> tuple[Period, int]:
    """Return the days with the rows of a page, and how many of their rows come before it."""
    chosen: list[dt.date] = []
    left = size
    for day in sorted(counts, reverse=is_descending):
        if not chosen and counts[day] <= offset:
            offset -= counts[day]
            continue
        chosen.append(day)
        left -= counts[day] - (offset if len(chosen) == 1 else 0)
        if left <= 0:
            break
    if not chosen:
        return Period(BEFORE_ALL, BEFORE_ALL), 0
    return Period(min(chosen), max(chosen) + dt.timedelta(days=1)), offset


def _rows_on(wanted: Mapping[Measure, Period], days: Period, reach: Reach) -> Subquery | None:
    """Return those rows of the measures that have one of these days."""
    cut = {}
    for measure, period in wanted.items():
        start, end = max(period.start, days.start), min(period.end, days.end)
        if measure.kind in _ONCE:
            cut[measure] = period
        elif start < end:
            cut[measure] = Period(start, end)
    row = _rows(cut, reach)
    if row is None or not any(measure.kind in _ONCE for measure in wanted):
        return row
    return select(row).where(row.c.day >= days.start, row.c.day < days.end).subquery()


def each_row(wanted: Mapping[Measure, Period], reach: Reach, *, sort: str) -> Iterator[Any] | None:
    """Return the same rows, all of them, fetched in chunks; for exports."""
    row = _rows(wanted, reach)
    if row is None:
        return None
    return read_in_pieces(_named(row, sort, reach.access))


def own_amount(row: Any) -> Decimal | None:
    """Return what a row behind a number was in another currency; None in the reporting one."""
    if row.own_currency is None:
        return None
    return to_major(row.own_amount_minor, row.own_currency)


def _rows(wanted: Mapping[Measure, Period], reach: Reach) -> Subquery | None:
    parts, rep_ids = [], reps_in(reach)
    for measure, period in wanted.items():
        if measure.kind is Kind.CALENDAR:
            continue  # a figure of the period; it has no rows
        found = other_rows(measure, period, reach)
        if found is None:
            found = _reached(measure, period, reach, rep_ids)
        if found is None:  # known of whole days alone
            found = rep_days(measure, period, reach)
        parts.append(found.add_columns(literal(measure.slot).label("slot")))
    if not parts:
        return None
    together: CompoundSelect[Any] = union_all(*parts)
    return together.subquery()


def _reached(
    measure: Measure, period: Period, reach: Reach, rep_ids: tuple[str, ...] | None
) -> Select[*tuple[Any, ...]] | None:
    """Return the rows of a sum that the question reaches, with their teams."""
    is_stock = measure.kind is Kind.STOCK
    days = Period(BEFORE_ALL, period.end) if is_stock else period
    # A cost may be of no rep.
    reps = None if measure.kind is Kind.COST else rep_ids
    found = rows_behind(measure, Scope(period=days, rep_ids=reps), reach.within)
    if found is None:
        return None
    row, member = found.subquery(), TeamMembership
    joined: Any = row
    cut, team_id = NO_CUT, cast(Any, row.c.get("team_id"))
    if team_id is None:
        # A stock is with the team its rep is in at the end.
        team_day = literal(period.end - dt.timedelta(days=1)) if is_stock else row.c.day
        joined = row.outerjoin(member, member.covers(row.c.rep_id, team_day))
        team_id = member.team_id
    if reach.dimensions:
        joined, cut = _with_cut(joined, row, is_stock=is_stock)
    own = [column for column in row.c if column.name != "team_id"]
    return (
        select(*own, *_OF_CUSTOMERS, team_id.label("team_id"))
        .select_from(joined)
        .where(reach.rows(row.c.rep_id, team_id, cut))
    )


def _page(
    row: Subquery, sort: str, access: Access, size: int, offset: int
) -> Select[*tuple[Any, ...]]:
    # What is shown of them is looked up for the rows of the page alone.
    joined: Any = row
    match sort.removeprefix("-"):
        case "rep":
            joined = row.outerjoin(User, User.id == row.c.rep_id)
        case "customer":
            joined = row.outerjoin(Customer, Customer.id == row.c.customer_id)
    few = select(row).select_from(joined).order_by(*_order(row, sort)).limit(size).offset(offset)
    return _named(few.subquery(), sort, access)


def _columns_to_sort(row: Subquery) -> Mapping[str, Any]:
    names = {"rep": User.name, "customer": Customer.name}
    return names | {"day": row.c.day, "amount": row.c.amount}


def _order(row: Subquery, sort: str) -> tuple[ColumnElement[Any], ...]:
    column = _columns_to_sort(row).get(sort.removeprefix("-"))
    is_descending = column is None or sort.startswith("-")
    column = row.c.day if column is None else column
    # The id comes last: days and amounts repeat, and a page must not show a row again.
    order = column.desc().nulls_last() if is_descending else column.asc().nulls_last()
    return order, row.c.day.desc(), row.c.slot, row.c.id


def _named(row: Subquery, sort: str, access: Access) -> Select[*tuple[Any, ...]]:
    # What was in another currency: its amount as it was agreed, beside what it adds.
    own: Mapping[str, Any] = {DEAL: aliased(Deal), EXPENSE: aliased(Expense), COST: aliased(Cost)}
    joined = (
        row.outerjoin(User, User.id == row.c.rep_id)
        .outerjoin(Team, Team.id == row.c.team_id)
        .outerjoin(Customer, Customer.id == row.c.customer_id)
    )
    for kind, model in own.items():
        is_it = and_(row.c.kind == kind, model.id == row.c.id)
        # A cost says what for. Of many others only the few that are needed are looked up.
        needed = is_it if kind == COST else and_(is_it, _is_foreign(model))
        joined = joined.outerjoin(model, needed)
    foreign = {
        name: func.coalesce(
            *(case((_is_foreign(model), getattr(model, name))) for model in own.values())
        )
        for name in ("currency", "amount_minor")
    }
    return (
        select(
            row,
            User.name.label("rep_name"),
            Team.name.label("team_name"),
            Customer.name.label("customer_name"),
            # Whom a rep visited last year, another one may have now.
            one_if(and_(*of_filter(access=access, where=_EVERY_CUSTOMER))).label("shows_customer"),
            own[COST].category.label("cost_category"),
            foreign["currency"].label("own_currency"),
            foreign["amount_minor"].label("own_amount_minor"),
            func.coalesce(
                *(case((model.waits_for_rate, _rate_day(model))) for model in own.values())
            ).label("missing_rate_on"),
        )
        .select_from(joined)
        .order_by(*_order(row, sort))
    )


def _rate_day(model: Any) -> Any:
    """Return the day whose exchange rate counts."""
    return model.event_day if hasattr(model, "event_day") else model.day


def _is_foreign(model: Any) -> ColumnElement[bool]:
    return or_(model.minor_rate.is_not(None), model.waits_for_rate)


def _with_cut(joined: Any, row: Any, *, is_stock: bool) -> tuple[Any, Cut]:
    """Join the rows with their deals; return them with lead source and class of the day."""
    joined = joined.outerjoin(Deal, and_(Deal.id == row.c.id, row.c.kind == DEAL))
    day = func.coalesce(Deal.lead_day, Deal.opportunity_day, Deal.closed_day)
    joined, customer_class = with_class(joined, row.c.customer_id, day if is_stock else row.c.day)
    return joined, Cut(source=Deal.source, customer_class=customer_class)
