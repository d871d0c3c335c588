"""
The values of metrics for a period: summed in SQL, divided by the one evaluator.

A question is put into frames: the period asked for, the one it is compared with, and each piece of
a series. Every frame looks at its measures through windows (itself, the period before, twelve
months), and all windows of all frames are read together.
"""

import datetime as dt
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from server.metrics.rollups.pipeline import Within
from server.metrics.sql.cache import cached
from server.metrics.sql.choices import names_of
from server.metrics.sql.frames import Compare, Frame, Span, span_of
from server.metrics.sql.holders import is_of_its_days, reps_with_days
from server.metrics.sql.plans import Plan
from server.metrics.sql.reach import By, Reach
from server.metrics.sql.read import Counted, Holder, read
from server.metrics.sql.rows import (
    LATEST_FIRST,
    NoDenominatorError,
    NoRowsError,
    RowsBehind,
    each_row,
    read_rows,
)
from server.metrics.sql.sliced import check_sliced
from server.metrics.sql.targets import FULL
from server.platform.access import Access
from shared.metrics.catalog import measures_of
from shared.metrics.definition import MISSING_RATE, Metric, MetricValue, Part
from shared.metrics.formula import ARITHMETIC, Measure, Unit, measures_in
from shared.metrics.measures import ACTIVE_REPS
from shared.money import to_major
from shared.time import Grain, Period
from shared.vocabulary import CustomerClass


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which metrics, for which days, for whom."""

    metrics: Sequence[Metric]
    period: Period
    today: dt.date
    """Last day that counts: a running period is compared with the same part of the other one."""
    currency: str
    rep_id: str | None = None
    rep_ids: frozenset[str] | None = None
    team_ids: frozenset[str] | None = None
    source: str | None = None
    """Only deals whose lead came from there."""
    customer_class: CustomerClass | None = None
    """Only customers that had this class on the day."""
    within_days: int | None = None
    """Of cohorts only what becomes of them in their first days."""
    compare: Compare = Compare.PREVIOUS
    by: By | None = None
    series: Grain | None = None
    drawn: frozenset[str] | None = None
    """Keys of the metrics whose series is wanted; None: of all of them."""

    def frame(self, period: Period) -> Frame:
        """Return how a period is looked at on the day of the question."""
        return Frame.of(period, today=self.today, compare=self.compare)

    def draws(self, metric: Metric) -> bool:
        """Return whether the series of this metric is wanted."""
        return self.drawn is None or metric.key in self.drawn

    def reach(self, access: Access) -> Reach:
        """Return whose rows are summed.

        :raises NotSlicedError, NotWithinDaysError: if a metric is not known so
        """
        reach = Reach(
            access=access,
            rep_id=self.rep_id,
            rep_ids=self.rep_ids,
            team_ids=self.team_ids,
            source=self.source,
            customer_class=self.customer_class,
            by=self.by,
            within=None if self.within_days is None else Within(self.within_days, self.today),
        )
        check_sliced(self.metrics, reach)
        return reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A value and what it is compared with."""

    value: MetricValue
    previous: MetricValue

    @property
    def difference(self) -> Decimal | None:
        """Return by how much it changed."""
        if self.value.value is None or self.previous.value is None:
            return None
        return ARITHMETIC.subtract(self.value.value, self.previous.value)

    @property
    def change(self) -> Decimal | None:
        """Return by which share it changed; None where there was nothing before."""
        if self.difference is None or not self.previous.value or self.previous.value < 0:
            return None
        return ARITHMETIC.divide(self.difference, self.previous.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The values of one piece of a series."""

    period: Period
    values: Mapping[str, MetricValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The values of one rep or team, or of all together."""

    id: Holder
    name: str
    values: Mapping[str, Compared]
    series: Sequence[Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """A value that is compared with nothing."""

    value: MetricValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The values of one rep in the period alone."""

    id: Holder
    name: str
    values: Mapping[str, Now]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The values of a question; `groups` is empty unless it asks for them."""

    period: Period
    elapsed: Period
    compared_with: Period
    total: Group
    groups: Sequence[Group]


def metric_values(*, access: Access, question: Question) -> Answer:
    """Return the values of metrics over the rows that the caller may see; do not change them."""
    frame = question.frame(question.period)
    return Answer(
        period=question.period,
        elapsed=frame.elapsed,
        compared_with=frame.before().elapsed,
        total=_total_of(access, replace(question, by=None)),
        groups=metric_groups(access=access, question=question) if question.by is not None else [],
    )


def metric_groups(*, access: Access, question: Question) -> Sequence[Group]:
    """Return the values of each of those the question tells apart, without all together."""
    return cached(
        _key(access, question),
        lambda: _read_groups(access, question),
        size=lambda groups: sum(map(_size, groups)),
    )


def standings(*, access: Access, question: Question, among: Sequence[Metric]) -> Sequence[Standing]:
    """
    Return the values of each rep, compared with nothing, which is half of what is read otherwise.

    :param question: asks for reps side by side, of no lead source or class alone
    :param among: of everybody of whom `metric_groups` would tell for these metrics
    """
    wide = replace(question, metrics=among)
    return cached(
        ("standings", _key(access, question), _key(access, wide)),
        lambda: _read_standings(question, wide, question.reach(access)),
        size=lambda found: sum(len(each.values) for each in found),
    )


def _read_standings(question: Question, wide: Question, reach: Reach) -> Sequence[Standing]:
    frames = _frames(question)[:2]
    wanted, all_wanted = _wanted(question, frames[:1]), _wanted(wide, frames)
    read_for = {
        each for measure, over in wanted.items() if is_of_its_days(measure) for each in over
    }
    others = {
        each for measure, over in all_wanted.items() if is_of_its_days(measure) for each in over
    }
    rest = {each: over for each, over in all_wanted.items() if not is_of_its_days(each)}
    counted = read(wanted | rest, reach)
    reps = {holder for _, holder in counted if holder is not None}
    names = names_of(By.REP, reps | reps_with_days(others - read_for, reach))
    plan = Plan.of(question.metrics, question.currency)
    return [
        Standing(
            id=holder,
            name=name,
            values={
                key: Now(value=value)
                for key, value in plan.values(frames[0], counted, holder).items()
            },
        )
        for holder, name in names.items()
    ]


def _total_of(access: Access, question: Question) -> Group:
    return cached(_key(access, question), lambda: _read_total(access, question), size=_size)


def _size(group: Group) -> int:
    return len(group.values) + sum(len(point.values) for point in group.series)


def _key(access: Access, question: Question) -> Hashable:
    definitions = tuple(
        (metric.key, metric.version, metric.formula, metric.measures())
        for metric in question.metrics
    )
    return access, replace(question, metrics=()), definitions


def _read_groups(access: Access, question: Question) -> Sequence[Group]:
    assert question.by is not None
    frames = _frames(question)
    apart = read(_wanted(question, frames), question.reach(access))
    names = names_of(question.by, {holder for _, holder in apart if holder is not None})
    plans = _plans(question)
    return [_group(plans, frames, apart, holder, names[holder]) for holder in names]


def _plans(question: Question) -> tuple[Plan, Plan]:
    """Return what is worked out of the period and the one before, and of pieces of the series."""
    drawn = list(filter(question.draws, question.metrics))
    return Plan.of(question.metrics, question.currency), Plan.of(drawn, question.currency)


def _read_total(access: Access, question: Question) -> Group:
    frames = _frames(question)
    counted = read(_wanted(question, frames), question.reach(access))
    return _group(_plans(question), frames, counted, None, "")


def rows_behind(
    *,
    access: Access,
    question: Question,
    part: Part,
    page: int,
    size: int,
    sort: str = LATEST_FIRST,
    only_waiting: bool = False,
) -> RowsBehind:
    """Return the rows behind one part of the question's first metric.

    :param sort: `day`, `rep`, `customer` or `amount`; with a minus, the largest first
    :param only_waiting: only those that wait for an exchange rate, where there are any
    :raises NoDenominatorError, NoRowsError: if the metric is no ratio, or no sum of rows
    """
    wanted, reach = _behind(access, question, part, only_waiting=only_waiting)
    found = read_rows(wanted, reach, number=page, size=size, sort=sort) if wanted else None
    if found is None:
        raise NoRowsError
    return found


def each_row_behind(
    *,
    access: Access,
    question: Question,
    part: Part,
    sort: str = LATEST_FIRST,
    only_waiting: bool = False,
) -> Iterator[Any]:
    """Return the same rows, all of them; for exports.

    :raises NoDenominatorError, NoRowsError: if the metric is no ratio, or no sum of rows
    """
    wanted, reach = _behind(access, question, part, only_waiting=only_waiting)
    found = each_row(wanted, reach, sort=sort) if wanted else None
    if found is None:
        raise NoRowsError
    return found


def _behind(
    access: Access, question: Question, part: Part, *, only_waiting: bool
) -> tuple[Mapping[Measure, Period], Reach]:
    formula = question.metrics[0].part(part)
    if formula is None:
        raise NoDenominatorError
    frame = question.frame(question.period)
    wanted = {measure: frame.window(measure) for measure in measures_in(formula)}
    answer = metric_values(access=access, question=replace(question, by=None, series=None))
    if answer.total.values[question.metrics[0].key].value.reason == MISSING_RATE:
        # They add nothing, and are why there is no number.
        waiting = [each for measure in wanted if (each := measure.without_rate) is not None]
        waits = {measure: frame.window(measure) for measure in waiting}
        wanted = waits if only_waiting and waits else wanted | waits
    return wanted, question.reach(access)


def _frames(question: Question) -> list[Frame]:
    """Return the period, the one it is compared with, and the pieces of the series."""
    frame = question.frame(question.period)
    pieces = [] if question.series is None else question.period.split(question.series)
    return [
        frame,
        frame.before(),
        *(question.frame(piece) for piece in pieces if piece.start <= question.today),
    ]


def _wanted(question: Question, frames: Sequence[Frame]) -> dict[Measure, frozenset[Period]]:
    drawn = set(measures_of(filter(question.draws, question.metrics)))
    # Of a hundred measures most are looked at through the same window.
    periods: dict[tuple[Span, bool], frozenset[Period]] = {}

    def over(measure: Measure) -> frozenset[Period]:
        span, is_drawn = span_of(measure), measure in drawn
        if (span, is_drawn) not in periods:
            some = frames if is_drawn else frames[:2]
            periods[span, is_drawn] = frozenset(frame.period(span) for frame in some)
        return periods[span, is_drawn]

    return {measure: over(measure) for measure in measures_of(question.metrics)}


def _group(
    plans: tuple[Plan, Plan],
    frames: Sequence[Frame],
    counted: Counted,
    holder: Holder,
    name: str,
) -> Group:
    whole, drawn = plans
    now, before = (whole.values(frame, counted, holder) for frame in frames[:2])
    return Group(
        id=holder,
        name=name,
        values={key: Compared(value=now[key], previous=before[key]) for key in now},
        series=[
            Point(period=frame.whole, values=drawn.values(frame, counted, holder))
            for frame in frames[2:]
        ],
    )


def in_unit(total: Decimal | int, measure: Measure, currency: str, period: Period) -> Decimal:
    """Return what was counted in the measure's unit.

    Money is counted in minor units, active reps in hundredths of the days of the period.
    """
    if measure.key == ACTIVE_REPS.key:
        return ARITHMETIC.divide(Decimal(total), Decimal(FULL * period.length_days))
    if measure.unit is Unit.MONEY:
        return ARITHMETIC.multiply(Decimal(total), to_major(1, currency))
    return Decimal(total)


def total_of(found: RowsBehind, measure: Measure, currency: str) -> Decimal | None:
    """Return what the rows of a measure come to, in its unit; None where that is nothing."""
    total = found.totals[measure]
    return None if total is None else in_unit(total, measure, currency, found.periods[measure])
