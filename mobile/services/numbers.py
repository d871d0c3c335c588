"""The rep's own numbers: summed on the phone, divided by the one evaluator."""

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mobile.services.office import Office, OfficeNumber, office_numbers
from mobile.services.recorder import Recorder
from mobile.storage import device, numbers, records, targets
from mobile.storage.device import DeviceState
from shared.metrics import measures as m
from shared.metrics.definition import Metric, MetricValue
from shared.metrics.formula import ARITHMETIC, Kind, Measure, Unit, Window
from shared.metrics.own import OWN_NUMBERS
from shared.metrics.targets import part_of_target
from shared.money import to_major
from shared.time import Period, business_day, local_time
from shared.working import WorkCalendar

_CALENDAR = {m.WORKING_DAYS.key, m.ELAPSED_WORKING_DAYS.key}


class Span(StrEnum):
    """The days a rep asks about."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    LAST_MONTH = "last_month"

    def period(self, today: dt.date) -> Period:
        """Return its days."""
        if self is Span.TODAY:
            return Period.day(today)
        if self is Span.WEEK:
            return Period.week(today)
        month = Period.month(today.year, today.month)
        return month.previous() if self is Span.LAST_MONTH else month


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNumber:
    """A metric's value, and the one of the period before, cut to the same elapsed part."""

    metric: Metric
    value: MetricValue
    previous: MetricValue
    office: OfficeNumber | None
    """What the office counts; None where it has told nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNumbers:
    """All the phone shows for one span."""

    period: Period
    compared_with: Period
    numbers: tuple[OwnNumber, ...]
    target: Decimal
    """Revenue to reach in the whole period, major units; 0 for none."""
    elapsed_share: Decimal
    """How much of the period's working days is over, 0 to 1."""
    currency: str
    last_sync_at: dt.datetime | None
    waiting: int
    """Records the office does not have yet; they are counted here."""
    office: Office | None

    def number(self, metric: Metric) -> OwnNumber:
        """Return all that is known of a metric."""
        return next(number for number in self.numbers if number.metric is metric)

    def value(self, metric: Metric) -> MetricValue:
        """Return a metric's value."""
        return self.number(metric).value


@dataclass(frozen=True, slots=True)
class _Frame:
    """A period, and the part of it that has elapsed."""

    whole: Period
    elapsed: Period

    def before(self) -> "_Frame":
        whole = self.whole.previous()
        is_over = self.elapsed == self.whole
        return _Frame(whole, whole if is_over else whole.first_days(self.elapsed.length_days))


class NumbersService:
    """Counts on the phone, with no network."""

    def __init__(self, *, recorder: Recorder) -> None:
        self._recorder = recorder

    def numbers(self, span: Span) -> OwnNumbers:
        """Return the rep's numbers of today, this week or this month."""
        reading = self._recorder.read_clock()
        with self._recorder.database.read() as connection:
            state = device.get(connection)
            now = state.true_time(reading)
            today = business_day(now, state.time_zone)
            period = span.period(today)
            frame = _Frame(period, period.elapsed(today))
            counter = _Counter(connection, state, now, today)
            target = counter.total(m.REVENUE_TARGET, frame)
            days = counter.total(m.WORKING_DAYS, frame)
            passed = counter.total(m.ELAPSED_WORKING_DAYS, frame)
            assert target is not None
            waiting = records.count(connection).waiting
            office = office_numbers(connection, period, state=state, today=today, waiting=waiting)
            return OwnNumbers(
                period=period,
                compared_with=frame.before().elapsed,
                numbers=tuple(_own_numbers(counter, frame, office)),
                target=target,
                elapsed_share=passed / days if days and passed else Decimal(0),
                currency=state.currency,
                last_sync_at=(
                    None if state.last_sync_at_ms is None else device.from_ms(state.last_sync_at_ms)
                ),
                waiting=waiting,
                office=office,
            )


def _own_numbers(counter: "_Counter", frame: _Frame, office: Office | None) -> Iterator[OwnNumber]:
    for metric in OWN_NUMBERS:
        value = metric.evaluate(counter.totals(metric, frame))
        yield OwnNumber(
            metric=metric,
            value=value,
            previous=metric.evaluate(counter.totals(metric, frame.before())),
            office=office.beside(metric, value) if office else None,
        )


class _Counter:
    """Reads each period once."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        state: DeviceState,
        now: dt.datetime,
        today: dt.date,
    ) -> None:
        self._connection = connection
        self._currency = state.currency
        offset = local_time(now, state.time_zone).utcoffset()
        self._offset_s = int(offset.total_seconds()) if offset else 0
        self._today = today
        self._calendar = WorkCalendar(targets.holidays(connection), state.work_rules.week)
        self._counted: dict[Period, Mapping[str, int | None]] = {}

    def totals(self, metric: Metric, frame: _Frame) -> dict[str, Decimal | None]:
        """Return what the metric's value is made of."""
        return {measure.slot: self.total(measure, frame) for measure in metric.measures()}

    def total(self, measure: Measure, frame: _Frame) -> Decimal | None:
        """Return one measure in its unit; None where nothing was recorded."""
        if measure.window is Window.PREVIOUS:
            return self.total(measure.over(Window.PERIOD), frame.before())
        is_target = measure.kind is Kind.TARGET
        is_whole = is_target or measure.key == m.WORKING_DAYS.key
        period = frame.whole if is_whole else frame.elapsed
        counted: int | None
        if measure.key in _CALENDAR:
            counted = self._calendar.days(period)
        elif is_target:
            counted = self._target(measure.key.removesuffix("_target"), period)
        else:
            counted = self._count(period)[measure.key]
        if counted is None:
            return None
        if measure.unit is Unit.MONEY:
            return ARITHMETIC.multiply(Decimal(counted), to_major(1, self._currency))
        return Decimal(counted)

    def _count(self, period: Period) -> Mapping[str, int | None]:
        if period not in self._counted:
            self._counted[period] = numbers.totals(
                self._connection,
                period,
                currency=self._currency,
                offset_s=self._offset_s,
                today=self._today.isoformat(),
            )
        return self._counted[period]

    def _target(self, metric_key: str, period: Period) -> int:
        months = targets.of_months(
            self._connection, metric_key, first=period.start, last=period.end
        )
        return sum(
            part_of_target(
                each.amount,
                Period.month(each.month.year, each.month.month),
                period,
                self._calendar,
                each.parts,
            )
            for each in months
        )
