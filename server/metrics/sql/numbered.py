"""Counting different customers in arrays, where each stands at a place of its own.

Each piece of time is looked at once; what happened in a period is then put together from the
pieces. That a customer occurs on several days or with several reps of a holder does not matter.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.metrics.rollups.assigned import DAY_0, FOR_EVER
from server.metrics.rollups.lists import CLASSES
from shared.metrics import measures as m
from shared.metrics.formula import Measure
from shared.time import Period, add_months
from shared.working import USUAL_VISITS, Steps, VisitWeeks

Numbers = NDArray[np.integer[Any]]
Marks = NDArray[np.bool_]

VISITED = frozenset(
    {m.CUSTOMERS_VISITED, m.ASSIGNED_CUSTOMERS_VISITED, m.VERIFIED_CUSTOMERS_VISITED}
)
FREQUENCY = frozenset({m.DUE_VISITS, m.DUE_VISITS_MADE})
ASSIGNED = FREQUENCY | {m.CUSTOMERS_ASSIGNED}
BOUGHT = frozenset({m.ACTIVE_OUTLETS, m.RETURNING_OUTLETS})
MEASURES = VISITED | ASSIGNED | BOUGHT | {m.NEW_CUSTOMERS}
"""What can be counted here."""

CODE_BITS = 4
"""Of a code, after the customer's number: the class, and what else is told."""

_ASSIGNED_BIT, _INSIDE_BIT = 1, 2
_DELETED_BIT = 1
_PLACES_OF_A_NUMBER = 30
"""In arrays so many places are filled while a number is sorted."""
_LONG = 10_000
"""What was seen in lists of so many is kept with them: they are asked for again and again."""
_BYTES_OF_A_PLACE = 5


_VISITED, _VISITED_BY_ITS_REP, _VERIFIED, _BOUGHT = 1, 2, 4, 8
"""What happened at a customer."""


@dataclass(frozen=True)
class _Seen:
    """What happened in a piece of time, by the place of the customer."""

    was: NDArray[np.uint8]
    """Bits of what happened."""
    calls: NDArray[np.uint32]
    new_customers: int


@dataclass(frozen=True, eq=False)
class Lists:
    """What a holder did in some time: customers by their codes, once for each rep-day."""

    visited: Numbers
    calls: NDArray[np.uint8]
    bought: Numbers
    new_customers: int

    @cached_property
    def end(self) -> int:
        """Return one more than the highest number."""
        highest = [int(codes.max()) for codes in (self.visited, self.bought) if codes.size]
        return (max(highest) >> CODE_BITS) + 1 if highest else 0

    def bytes(self) -> int:
        """Return how much memory they take, with what is seen in them."""
        seen = _BYTES_OF_A_PLACE * self.end if self._is_long else 0
        return self.visited.nbytes + self.calls.nbytes + self.bought.nbytes + seen

    def seen(self, size: int) -> _Seen:
        """Return what happened at each of so many customers, by their numbers."""
        if self._kept.get(size) is None:
            seen = self.look_at(_number(self.visited), _number(self.bought), size)
            if not self._is_long:
                return seen
            self._kept.clear()
            self._kept[size] = seen
        return self._kept[size]

    def look_at(self, visited: Numbers, bought: Numbers, size: int) -> _Seen:
        """Return the same by the places of the customers."""
        was = np.zeros(size, np.uint8)
        was[visited] = _VISITED
        assigned = self.visited & _ASSIGNED_BIT != 0
        was[visited[assigned]] |= _VISITED_BY_ITS_REP
        was[visited[assigned & (self.visited & _INSIDE_BIT != 0)]] |= _VERIFIED
        was[bought] |= _BOUGHT
        calls = np.bincount(visited[: self.calls.size], weights=self.calls, minlength=size)
        return _Seen(was, calls.astype(np.uint32), self.new_customers)

    @cached_property
    def _is_long(self) -> bool:
        return self.visited.size + self.bought.size >= _LONG

    @cached_property
    def _kept(self) -> dict[int, _Seen]:
        return {}


@dataclass(frozen=True)
class Spans:
    """The customers assigned to a holder, each with the first day and the day after the last."""

    code: Numbers
    start: Numbers
    end: Numbers

    @classmethod
    def in_order(cls, some: "Sequence[Spans]") -> "Spans":
        """Return all by their first day: where a customer comes again, the latest is last."""
        start = np.concatenate([each.start for each in some])
        order = np.argsort(start, kind="stable")
        code = np.concatenate([each.code for each in some])
        end = np.concatenate([each.end for each in some])
        return cls(code[order], start[order], end[order])

    def during(self, start: int, end: int) -> "Spans":
        """Return what of them is in these days."""
        first, last = np.maximum(self.start, start), np.minimum(self.end, end)
        among = first < last
        return Spans(self.code[among], first[among], last[among])

    def outside(self, times: Iterable[tuple[int, int]]) -> "Spans":
        """Return what of them is in none of these times."""
        gaps, free = [], 0
        for start, end in sorted(times):
            gaps.append(self.during(free, start))
            free = max(free, end)
        return Spans.in_order([*gaps, self.during(free, FOR_EVER)])

    def of(self, period: Period) -> Marks:
        """Return those assigned at any time of the period."""
        start, end = ((day - DAY_0).days for day in (period.start, period.end))
        return (self.start < end) & (self.end > start)


class Holder:
    """The customers of a rep, a team or all together."""

    def __init__(
        self,
        pieces: Mapping[Period, Lists],
        spans: Spans | None,
        wanted: Collection[Measure],
        visits: Steps[VisitWeeks] = USUAL_VISITS,
    ) -> None:
        self._wanted, self._spans, self._visits = frozenset(wanted), spans, visits
        lists = pieces.values()
        codes = [codes for each in lists for codes in (each.visited, each.bought)]
        of_spans = [] if spans is None else [spans.code]
        if _are_few(lists, [*codes, *of_spans]):
            places, self._size = _places([*codes, *of_spans])
            found = [
                each.look_at(places[2 * number], places[2 * number + 1], self._size)
                for number, each in enumerate(lists)
            ]
            place = places[-1] if of_spans else None
        else:
            ends = [int(each.max(initial=0)) >> CODE_BITS for each in of_spans]
            self._size = max(*(each.end for each in lists), *(end + 1 for end in ends), 1)
            found = [each.seen(self._size) for each in lists]
            place = _number(spans.code) if spans is not None else None
        self._seen = dict(zip(pieces, found, strict=True))
        self._assigned = (
            None if spans is None or place is None else _Assigned(spans, place, self._size)
        )
        self._nothing = _NOTHING.look_at(_NOTHING.visited, _NOTHING.bought, self._size)

    def count(self, period: Period) -> dict[Measure, int]:
        """Return how many different customers there were in a period."""
        now = self._together(period)
        count: dict[Measure, int] = {
            measure: _count(now.was & bit) for measure, bit in _MEASURED.items()
        }
        count[m.NEW_CUSTOMERS] = now.new_customers
        if m.RETURNING_OUTLETS in self._wanted:
            before = self._together(year_before(period))
            count[m.RETURNING_OUTLETS] = _count(now.was & before.was & _BOUGHT)
        if self._assigned is not None:
            customers, classes = self._assigned.during(period)
            count[m.CUSTOMERS_ASSIGNED] = customers
            # In less than a week nothing is due.
            if self._wanted & FREQUENCY and period.length_days >= 7:
                every = self._visits.on(period.last_day)
                count |= _frequency(now.calls, classes, period.length_days // 7, every)
        return count

    def _together(self, period: Period) -> _Seen:
        inside = [
            seen
            for piece, seen in self._seen.items()
            if piece.start >= period.start and piece.end <= period.end
        ]
        if len(inside) < 2:
            return inside[0] if inside else self._nothing
        was, calls = inside[0].was.copy(), inside[0].calls.copy()
        for each in inside[1:]:
            was |= each.was
            calls += each.calls
        return _Seen(was, calls, sum(each.new_customers for each in inside))


class _Assigned:
    """Who is assigned when, by the place of the customer."""

    def __init__(self, spans: Spans, place: Numbers, size: int) -> None:
        self._spans, self._place, self._size = spans, place, size
        self._all: tuple[int, Numbers] | None = None

    def during(self, period: Period) -> tuple[int, Numbers]:
        """Return how many were at any time of the period, and the place of each one's class.

        Of one that is not assigned, or deleted, it is the place after those of all classes.
        """
        among = self._spans.of(period)
        if not among.all():
            return self._look_at(self._spans.code[among], self._place[among])
        # All of them in most periods.
        if self._all is None:
            self._all = self._look_at(self._spans.code, self._place)
        return self._all

    def _look_at(self, code: Numbers, place: Numbers) -> tuple[int, Numbers]:
        marks = np.zeros(self._size, bool)
        marks[place] = True
        classes = np.full(self._size, len(CLASSES), np.uint8)
        is_there = code & _DELETED_BIT == 0
        classes[place[is_there]] = (code[is_there] >> 2) & 3
        return _count(marks), classes


def _frequency(
    calls: Numbers, classes: Numbers, weeks: int, every: VisitWeeks
) -> dict[Measure, int]:
    """
    Return the visits due to the assigned customers, and those made of them.

    Due is one as often as the weeks of the customer's class fit into the full weeks of the period.
    Visits beyond what is due do not count: over-visiting one customer hides no miss at another.
    """
    due_by_class = [weeks // every.of(each) for each in CLASSES]
    due = np.array([*due_by_class, 0], np.uint32)[classes]
    return {m.DUE_VISITS: int(due.sum()), m.DUE_VISITS_MADE: int(np.minimum(due, calls).sum())}


_MEASURED = {
    m.CUSTOMERS_VISITED: _VISITED,
    m.ASSIGNED_CUSTOMERS_VISITED: _VISITED_BY_ITS_REP,
    m.VERIFIED_CUSTOMERS_VISITED: _VERIFIED,
    m.ACTIVE_OUTLETS: _BOUGHT,
}
_NOTHING = Lists(np.empty(0, np.uint32), np.empty(0, np.uint8), np.empty(0, np.uint32), 0)


def _count(marks: NDArray[Any]) -> int:
    return int(np.count_nonzero(marks))


def year_before(period: Period) -> Period:
    """Return the twelve months before a period."""
    return Period(add_months(period.start, -12), period.start)


def _are_few(lists: Collection[Lists], codes: Collection[Numbers]) -> bool:
    """Whether these are sorted sooner than arrays for all customers there are get filled."""
    count = sum(each.size for each in codes)
    if count < _LONG:
        return True
    return count * _PLACES_OF_A_NUMBER < len(lists) * max(each.end for each in lists)


def _number(codes: Numbers) -> Numbers:
    # The type that arrays are indexed by: any other is copied each time.
    return (codes >> CODE_BITS).astype(np.intp)


def _places(codes: Sequence[Numbers]) -> tuple[list[Numbers], int]:
    """Return where the customers of each array stand among all there are, and how many those are.

    Few customers stand closer together than their numbers.
    """
    numbers = [_number(each) for each in codes]
    if not numbers:
        return [], 0
    different, place = np.unique(np.concatenate(numbers), return_inverse=True)
    ends = np.cumsum([each.size for each in numbers])[:-1]
    return list(np.split(place, ends)), different.size
