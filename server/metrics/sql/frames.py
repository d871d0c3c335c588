"""How a period is looked at: the whole of it, what has elapsed, and the one before."""

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from server.metrics.sql.reach import BEFORE_ALL
from shared.metrics import measures as m
from shared.metrics.formula import Kind, Measure, Window
from shared.time import Period, add_months


class Compare(StrEnum):
    """What a value is compared with."""

    PREVIOUS = "previous"
    LAST_YEAR = "last_year"


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A period as it is looked at: the whole of it, and the part that has elapsed."""

    whole: Period
    elapsed: Period
    compare: Compare

    @classmethod
    def of(cls, period: Period, *, today: dt.date, compare: Compare) -> "Frame":
        """Return the frame of a period as it is on a day."""
        return cls(whole=period, elapsed=period.elapsed(today), compare=compare)

    def before(self) -> "Frame":
        """Return the frame it is compared with, cut to the same elapsed part."""
        last_year = self.compare is Compare.LAST_YEAR
        whole = self.whole.last_year() if last_year else self.whole.previous()
        is_over = self.elapsed == self.whole
        elapsed = whole if is_over else whole.first_days(self.elapsed.length_days)
        return replace(self, whole=whole, elapsed=elapsed)

    def window(self, measure: Measure) -> Period:
        """Return the days over which the measure is taken."""
        # A target is set for the whole period, and pace is told by how much of it is over.
        is_whole = measure.kind is Kind.TARGET or measure == m.WORKING_DAYS
        if (measure.window, is_whole) not in self._windows:
            self._windows[measure.window, is_whole] = self._window(measure.window, is_whole)
        return self._windows[measure.window, is_whole]

    @cached_property
    def _windows(self) -> dict[tuple[Window, bool], Period]:
        return {}

    def _window(self, window: Window, is_whole: bool) -> Period:  # noqa: FBT001
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
        return self.whole if is_whole else self.elapsed
