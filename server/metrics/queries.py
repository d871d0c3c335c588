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
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from server.metrics.rollups.pipeline import Within
from server.metrics.sql.cache import cached
from server.metrics.sql.choices import names_of
from server.metrics.sql.frames import Compare, Frame
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
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.teams.models import Team, TeamMembership
from shared.metrics.catalog import measures_of
from shared.metrics.definition import MISSING_RATE, Evaluator, Metric, MetricValue, Part
from shared.metrics.formula import ARITHMETIC, Kind, Measure, Unit, measures_in
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
    plans = _plans(question, frames)
    return [_group(plans, frames, apart, holder, names[holder]) for holder in names]


def _read_total(access: Access, question: Question) -> Group:
    frames = _frames(question)
    counted = read(_wanted(question, frames), question.reach(access))
    return _group(_plans(question, frames), frames, counted, None, "")


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


def _wanted(question: Question, frames: Sequence[Frame]) -> dict[Measure, set[Period]]:
    drawn = set(measures_of(filter(question.draws, question.metrics)))
    return {
        measure: {frame.window(measure) for frame in (frames if measure in drawn else frames[:2])}
        for measure in measures_of(question.metrics)
    }


@dataclass(frozen=True, kw_only=True)
class _Step:
    """Where a total of a metric is found among what was counted."""

    slot: str
    key: str
    window: int
    """By its place among the windows of the plan."""
    nothing: Decimal | None
    """What no row at all comes to."""
    factor: Decimal | None
    """What it is counted in, in the measure's unit; None where that is one."""


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """How metrics are worked out in one frame."""

    windows: Sequence[tuple[Period, bool]]
    """With whether its numbers are the same for everybody."""
    metrics: Sequence[tuple[str, Evaluator, Sequence[_Step]]]


def _plans(question: Question, frames: Sequence[Frame]) -> list[_Plan]:
    """Return what is worked out in each frame, which is the same for every rep and team."""
    evaluators = [(metric, Evaluator.of(metric)) for metric in question.metrics]
    drawn = [(metric, evaluator) for metric, evaluator in evaluators if question.draws(metric)]
    return [
        _plan(evaluators if number < 2 else drawn, frame, question.currency)
        for number, frame in enumerate(frames)
    ]


def _plan(evaluators: Sequence[tuple[Metric, Evaluator]], frame: Frame, currency: str) -> _Plan:
    windows: dict[tuple[Period, bool], int] = {}

    def step(measure: Measure) -> _Step:
        window = frame.window(measure), measure.kind is Kind.CALENDAR
        has_none = measure.kind in {Kind.MIN, Kind.MAX, Kind.MEDIAN}
        factor = _scaled(1, measure.unit, currency)
        return _Step(
            slot=measure.slot,
            key=measure.key,
            window=windows.setdefault(window, len(windows)),
            nothing=None if has_none else _scaled(0, measure.unit, currency),
            factor=None if factor == 1 else factor,
        )

    metrics = [
        (metric.key, evaluator, [step(measure) for measure in evaluator.measures])
        for metric, evaluator in evaluators
    ]
    return _Plan(windows=list(windows), metrics=metrics)


def _group(
    plans: Sequence[_Plan],
    frames: Sequence[Frame],
    counted: Counted,
    holder: Holder,
    name: str,
) -> Group:
    now, before, *pieces = (_values(plan, counted, holder) for plan in plans)
    return Group(
        id=holder,
        name=name,
        values={key: Compared(value=now[key], previous=before[key]) for key in now},
        series=[
            Point(period=frame.whole, values=values)
            for frame, values in zip(frames[2:], pieces, strict=True)
        ],
    )


def _values(plan: _Plan, counted: Counted, holder: Holder) -> Mapping[str, MetricValue]:
    # Each window is looked up once, not for each of a hundred measures.
    found = [
        counted.get((period, None if is_for_all else holder), {})
        for period, is_for_all in plan.windows
    ]
    return {
        key: evaluator.evaluate({step.slot: _total(step, found[step.window]) for step in steps})
        for key, evaluator, steps in plan.metrics
    }


def _total(step: _Step, found: Mapping[str, Decimal | None]) -> Decimal | None:
    total = found.get(step.key)
    if total is None:
        return step.nothing
    return total if step.factor is None else ARITHMETIC.multiply(total, step.factor)


def in_unit(total: Decimal | int, measure: Measure, currency: str) -> Decimal:
    """Return what was counted in the measure's unit; money is counted in minor units."""
    if measure.unit is Unit.MONEY:
        return ARITHMETIC.multiply(Decimal(total), to_major(1, currency))
    return Decimal(total)


@lru_cache(maxsize=256)
def _scaled(number: int, unit: Unit, currency: str) -> Decimal:
    """Return nothing, or what is counted as one, in a unit."""
    return Decimal(number) * to_major(1, currency) if unit is Unit.MONEY else Decimal(number)


def check_holders(*, access: Access, rep_id: str | None, team_id: str | None) -> None:
    """Make sure that the caller may ask for this rep and this team.

    :raises NotFoundError: if there is none that the caller may see
    """
    reps = select(TeamMembership.user_id).where(
        TeamMembership.user_id == rep_id,
        access.rows(TeamMembership.user_id, TeamMembership.team_id),
    )
    teams = select(Team.id).where(Team.id == team_id, access.teams(Team.id))
    for wanted, visible in ((rep_id, reps), (team_id, teams)):
        if wanted is not None and db.session.scalar(visible.limit(1)) is None:
            raise NotFoundError
