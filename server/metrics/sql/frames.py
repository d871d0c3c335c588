"""How a period is looked at: the whole of it, what has elapsed, and the one before."""

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from server.metrics.sql.reach import BEFORE_ALL
from shared.metrics import measures as m
from shared.metrics.formula import YOUNG_DAYS, Kind, Measure, Window
from shared.time import Period, add_months


class Compare(StrEnum):
    """What a value is compared with."""

    PREVIOUS = "previous"
    LAST_YEAR = "last_year"


Span = tuple[Window, bool]
"""A window, and whether it is that of the whole period or of what has elapsed of it."""


def span_of(measure: Measure) -> Span:
    """Return the span over which the measure is taken in any frame."""
    # A target is set for the whole period, and pace is told by how much of it is over.
    return measure.window, measure.kind is Kind.TARGET or measure.slot == m.WORKING_DAYS.slot


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A period as it is looked at: the whole of it, and the part that has elapsed."""

    whole: Period
    elapsed: Period
    compare: Compare
    today: dt.date

    @classmethod
    def of(cls, period: Period, *, today: dt.date, compare: Compare) -> "Frame":
        """Return the frame of a period as it is on a day."""
        return cls(whole=period, elapsed=period.elapsed(today), compare=compare, today=today)

    def before(self) -> "Frame":
        """Return the frame it is compared with, cut to the same elapsed part."""
        last_year = self.compare is Compare.LAST_YEAR
        whole = self.whole.last_year() if last_year else self.whole.previous()
        is_over = self.elapsed == self.whole
        elapsed = whole if is_over else whole.first_days(self.elapsed.length_days)
        return replace(self, whole=whole, elapsed=elapsed)

    def window(self, measure: Measure) -> Period:
        """Return the days over which the measure is taken."""
        return self.period(span_of(measure))

    def period(self, span: Span) -> Period:
        """Return the days of a span."""
        if span not in self._periods:
            self._periods[span] = self._period(*span)
        return self._periods[span]

    @cached_property
    def _periods(self) -> dict[Span, Period]:
        return {}

    def _period(self, window: Window, is_whole: bool) -> Period:  # noqa: FBT001
        end = self.elapsed.end
        match window:
            case Window.PREVIOUS:
                before = self.before()
                return before.whole if is_whole else before.elapsed
            case Window.YEAR:
                return Period(add_months(end, -12), end)
            case Window.PREVIOUS_YEAR:
                return Period(add_months(end, -24), add_months(end, -12))
            case Window.EVER:
                return Period(BEFORE_ALL, end)
            case Window.YOUNG:
                first = self.today - dt.timedelta(days=YOUNG_DAYS - 1)
                return Period(min(max(first, self.elapsed.start), end), end)
        return self.whole if is_whole else self.elapsed
