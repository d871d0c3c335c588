"""Reading measures: one statement for each place they are kept, for all periods at once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Any

from server.metrics.models import CLASS_MEASURES
from server.metrics.sql.asked import ask, ask_pieces
from server.metrics.sql.cache import TARGETS, cached
from server.metrics.sql.class_customers import (
    assigned_counts,
    customers_of_class,
    frequency_sums,
)
from server.metrics.sql.different import active_rep_days
from server.metrics.sql.lifetime import predicted_sums
from server.metrics.sql.lists import customer_counts
from server.metrics.sql.medians import middle_values
from server.metrics.sql.months import inside, kept_by_month
from server.metrics.sql.numbered import FREQUENCY
from server.metrics.sql.periods import pieces_of
from server.metrics.sql.reach import Reach, Sums
from server.metrics.sql.sliced import DEAL_SUMS, class_sums, open_sums
from server.metrics.sql.targets import FULL, calendar_of, target_sums
from server.metrics.sql.totals import cost_sums, rollup_sums, stock_sums
from server.platform.database import db
from server.platform.organisation import read_work_rules
from shared.metrics import measures as m
from shared.metrics.formula import ARITHMETIC, Kind, Measure, Window
from shared.time import Period
from shared.working import VisitWeeks

Holder = str | None
"""The rep or team that a number is for; None for all together."""
Counted = Mapping[tuple[Period, Holder], Mapping[str, Decimal | None]]
"""Measures by key for each period and holder; money in minor units."""

_Values = Mapping[str, Decimal | None]
_Found = Iterable[tuple[Period, Holder, Mapping[str, Decimal | None]]]
_BYTES_OF_A_SUM = 250
_FEW_SUMS = 4
"""Those that put reps in order: of a thousand in a month they take a megabyte."""
_Source = Callable[[Sequence[Measure], Sequence[Period], Reach], _Found]


def read(wanted: Mapping[Measure, frozenset[Period]], reach: Reach) -> Counted:
    """Return these measures over these periods."""
    together: dict[tuple[_Source, str], dict[Measure, None]] = defaultdict(dict)
    periods: dict[tuple[_Source, str], set[frozenset[Period]]] = defaultdict(set)
    for measure, over in wanted.items():
        # Whole years are read apart, or all the others would be read for whole years too; and so is
        # what is read for days of its own.
        key = _source_of(measure, reach), _APART.get(measure.window, "")
        together[key][measure.over(Window.PERIOD)] = None
        periods[key].add(over)
    counted: dict[tuple[Period, Holder], dict[str, Decimal | None]] = defaultdict(dict)
    for key, measures in together.items():
        source, _ = key
        # In one order, so that what is kept of them is found again.
        some = sorted(frozenset[Period]().union(*periods[key]))
        for period, holder, values in source(list(measures), some, reach):
            counted[period, holder].update(values)
    return counted


def _source_of(measure: Measure, reach: Reach) -> _Source:
    if measure.kind is Kind.DISTINCT:
        return _DIFFERENT.get(
            measure.key, _class_customers if reach.dimensions else customer_counts
        )
    if reach.dimensions and measure.kind is Kind.STOCK:
        return _open_sliced
    if reach.within is not None:
        return _deals
    if reach.dimensions and measure.kind is Kind.SUM:
        return _CLASSES if measure.over(Window.PERIOD) in CLASS_MEASURES else _deals
    return _SOURCES[measure.kind]


def _asked(
    make: Callable[..., Sums], measures: Sequence[Measure], periods: Sequence[Period], reach: Reach
) -> _Found:
    rows = ask(make, tuple(measures), periods, reach)
    return _found(measures, ((periods[number], holder, rest) for number, holder, *rest in rows))


def _found(
    measures: Sequence[Measure], rows: Iterable[tuple[Period, Holder, Iterable[Any]]]
) -> _Found:
    keys = [measure.key for measure in measures]
    for period, holder, values in rows:
        yield period, holder, dict(zip(keys, map(_decimal, values), strict=True))


def _decimal(value: int | Decimal | None) -> Decimal | None:
    # PostgreSQL sums to a decimal, SQLite to an int.
    return None if value is None else Decimal(value)


def _rollup(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> _Found:
    """Read each day once, however many of the periods it is in, and put the pieces together."""
    pieces = pieces_of(periods)
    found = kept_by_month(
        ("sums", *(measure.key for measure in measures)),
        pieces,
        reach,
        read=lambda some: _sums(measures, some, reach),
        weight=lambda values: _BYTES_OF_A_SUM * len(values),
        is_little=len(measures) <= _FEW_SUMS,
    )
    holders = dict.fromkeys(holder for of_holders in found.values() for holder in of_holders)
    for period in periods:
        some = inside(period, found)
        for holder in holders:
            if parts := [each[holder] for each in some if holder in each]:
                yield period, holder, _put_together(measures, parts)


def _sums(
    measures: Sequence[Measure], pieces: Sequence[Period], reach: Reach
) -> Mapping[Period, Mapping[Holder, _Values]]:
    found: dict[Period, dict[Holder, _Values]] = defaultdict(dict)
    if pieces:
        rows = ask_pieces(rollup_sums, tuple(measures), pieces, reach)
        for piece, holder, values in _found(measures, rows):
            found[piece][holder] = values
    return found


def _put_together(measures: Sequence[Measure], parts: Sequence[_Values]) -> _Values:
    if len(parts) == 1:
        return parts[0]
    return {measure.key: _together(measure, parts) for measure in measures}


def _together(measure: Measure, pieces: Sequence[Mapping[str, Decimal | None]]) -> Decimal | None:
    known = [value for piece in pieces if (value := piece[measure.key]) is not None]
    return _COMBINE[measure.kind](known) if known else None


def _class_customers(
    measures: Sequence[Measure], periods: Sequence[Period], reach: Reach
) -> _Found:
    frequency = [measure for measure in measures if measure in FREQUENCY]
    visited = [measure for measure in measures if measure not in {*frequency, m.CUSTOMERS_ASSIGNED}]
    # In less than a week nothing is due.
    weeks = [period for period in periods if period.length_days >= 7]
    if visited:
        yield from _asked(customers_of_class, visited, periods, reach)
    if m.CUSTOMERS_ASSIGNED in measures:
        yield from _asked(assigned_counts, [m.CUSTOMERS_ASSIGNED], periods, reach)
    if frequency and weeks:
        visits = read_work_rules().visits
        for every, some in groupby(weeks, key=lambda period: visits.on(period.last_day)):
            yield from _frequency(frequency, list(some), reach, every)


def _frequency(
    measures: Sequence[Measure], periods: Sequence[Period], reach: Reach, every: VisitWeeks
) -> _Found:
    rows = ask(frequency_sums, (every, *measures), periods, reach)
    return _found(measures, ((periods[number], holder, rest) for number, holder, *rest in rows))


def _deals(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> _Found:
    for make, columns in DEAL_SUMS.items():
        if counted := [measure for measure in measures if measure.column in columns]:
            yield from _asked(make, counted, periods, reach)


def _open_sliced(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> _Found:
    rows = db.session.execute(open_sums(measures, periods, reach))
    return _found(measures, ((periods[number], holder, rest) for number, holder, *rest in rows))


def _medians(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> _Found:
    for measure in measures:
        for number, holder, total, rows in ask(middle_values, measure, periods, reach):
            # The middle one, or half of the sum of the middle two: exact in decimals.
            yield periods[number], holder, {measure.key: Decimal(total) / rows}


def _targets(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> _Found:
    keys = [measure.key.removesuffix("_target") for measure in measures]
    found = cached(
        ("targets", tuple(keys), tuple(periods), reach),
        lambda: target_sums(keys, periods, reach),
        of=TARGETS,
    )
    for (key, period, holder), amount in found.items():
        yield period, holder, {f"{key}_target": Decimal(amount)}


def _active_reps(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> _Found:
    for period, holder, percent_days in active_rep_days(periods, reach):
        full_time = Decimal(FULL * period.length_days)
        reps = ARITHMETIC.divide(Decimal(percent_days), full_time)
        yield period, holder, {measure.key: reps for measure in measures}


def _calendar(measures: Sequence[Measure], periods: Sequence[Period], _: Reach) -> _Found:
    calendar = calendar_of(periods)
    for period in periods:
        days = Decimal(calendar.days(period))
        yield period, None, dict.fromkeys([measure.key for measure in measures], days)


_COMBINE: Mapping[Kind, Callable[[Iterable[Decimal]], Decimal]] = {
    Kind.SUM: lambda values: sum(values, Decimal(0)),
    Kind.MIN: min,
    Kind.MAX: max,
}
_APART = {
    Window.YEAR: "year",
    Window.PREVIOUS_YEAR: "year",
    Window.EVER: "ever",
    Window.YOUNG: "young",
}
_CLASSES: _Source = partial(_asked, class_sums)
_SOURCES: Mapping[Kind, _Source] = {
    Kind.SUM: _rollup,
    Kind.MIN: _rollup,
    Kind.MAX: _rollup,
    Kind.STOCK: partial(_asked, stock_sums),
    Kind.MEDIAN: _medians,
    Kind.COST: partial(_asked, cost_sums),
    Kind.TARGET: _targets,
    Kind.CALENDAR: _calendar,
    Kind.PREDICTION: partial(_asked, predicted_sums),
}
_DIFFERENT: Mapping[str, _Source] = {
    m.ACTIVE_REPS.key: _active_reps,
}
