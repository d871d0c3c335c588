"""Counting different customers in arrays, where each stands at a place of its own.

Each piece of time is looked at once; what happened in a period is then put together from the
pieces. That a customer occurs on several days or with several reps of a holder does not matter.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.metrics.rollups.lists import CLASSES
from shared.metrics import measures as m
from shared.metrics.formula import Measure
from shared.time import Period, add_months
from shared.vocabulary import CustomerClass

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
DAY_0 = dt.date(1900, 1, 1)

_WEEKS_OF_A_VISIT = {CustomerClass.A: 1, CustomerClass.B: 2, CustomerClass.C: 4}
_ASSIGNED_BIT, _INSIDE_BIT = 1, 2
_DELETED_BIT = 1
_FEW = 200_000
"""So many numbers are sorted sooner than arrays for all customers there are get filled."""


@dataclass(frozen=True)
class Lists:
    """What a holder did in some time: customers by their codes, once for each rep-day."""

    visited: Numbers
    calls: NDArray[np.uint8]
    bought: Numbers
    new_customers: int

    @classmethod
    def one_after_the_other(cls, parts: "Sequence[Lists]") -> "Lists":
        """Return what was done in some times that follow each other."""
        return cls(
            np.concatenate([each.visited for each in parts]),
            np.concatenate([each.calls for each in parts]),
            np.concatenate([each.bought for each in parts]),
            sum(each.new_customers for each in parts),
        )

    def bytes(self) -> int:
        """Return how much memory they take."""
        return self.visited.nbytes + self.calls.nbytes + self.bought.nbytes


@dataclass(frozen=True)
class Spans:
    """The customers assigned to a holder, each with the first day and the day after the last."""

    code: Numbers
    start: Numbers
    end: Numbers

    @classmethod
    def in_order(cls, alike: Sequence[tuple[Numbers, int, int]]) -> "Spans":
        """Return them by their first day: where a customer comes again, the latest is last.

        :param alike: codes of those that begin and end on the same days, with these
        """
        alike = sorted(alike, key=itemgetter(1))
        sizes = [codes.size for codes, _, _ in alike]
        return cls(
            np.concatenate([codes for codes, _, _ in alike]),
            np.repeat([start for _, start, _ in alike], sizes),
            np.repeat([end for _, _, end in alike], sizes),
        )

    def of(self, period: Period) -> Marks:
        """Return those assigned at any time of the period."""
        start, end = ((day - DAY_0).days for day in (period.start, period.end))
        return (self.start < end) & (self.end > start)


@dataclass(frozen=True)
class _Seen:
    """What happened in a piece of time, by the place of the customer."""

    visited: Marks
    assigned: Marks
    verified: Marks
    bought: Marks
    calls: NDArray[np.number[Any]]
    new_customers: int


class Holder:
    """The customers of a rep, a team or all together."""

    def __init__(
        self, pieces: Mapping[Period, Lists], spans: Spans | None, wanted: Collection[Measure]
    ) -> None:
        self._wanted, self._spans = frozenset(wanted), spans
        lists = list(pieces.values())
        codes = [code for each in lists for code in (each.visited, each.bought)]
        places, self._size = _places([*codes, *([] if spans is None else [spans.code])])
        self._place_of_span = None if spans is None else places[-1]
        self._seen = {
            piece: self._look_at(each, *places[2 * number : 2 * number + 2])
            for number, (piece, each) in enumerate(pieces.items())
        }
        self._nothing = self._look_at(_NOTHING, _NOTHING.visited, _NOTHING.bought)

    def count(self, period: Period) -> dict[Measure, int]:
        """Return how many different customers there were in a period."""
        now = self._together(period)
        count: dict[Measure, int] = {
            m.CUSTOMERS_VISITED: _count(now.visited),
            m.ASSIGNED_CUSTOMERS_VISITED: _count(now.assigned),
            m.VERIFIED_CUSTOMERS_VISITED: _count(now.verified),
            m.ACTIVE_OUTLETS: _count(now.bought),
            m.NEW_CUSTOMERS: now.new_customers,
        }
        if m.RETURNING_OUTLETS in self._wanted:
            before = self._together(year_before(period))
            count[m.RETURNING_OUTLETS] = _count(now.bought & before.bought)
        if self._spans is not None and self._place_of_span is not None:
            among = self._spans.of(period)
            code, place = self._spans.code[among], self._place_of_span[among]
            count[m.CUSTOMERS_ASSIGNED] = _count(self._mark(place))
            # In less than a week nothing is due.
            if self._wanted & FREQUENCY and period.length_days >= 7:
                count |= self._frequency(now, code, place, period.length_days // 7)
        return count

    def _frequency(
        self, now: _Seen, code: Numbers, place: Numbers, weeks: int
    ) -> dict[Measure, int]:
        """
        Return the visits due to the assigned customers, and those made of them.

        Due is one in each full week of the period for class A, in each full fortnight for B, in
        each full four weeks for C. Visits beyond what is due do not count: over-visiting one
        customer hides no miss at another.
        """
        is_there = code & _DELETED_BIT == 0
        due_by_class = np.array([weeks // _WEEKS_OF_A_VISIT[each] for each in CLASSES])
        due = np.zeros(self._size, np.int64)
        due[place[is_there]] = due_by_class[(code[is_there] >> 2) & 3]
        return {
            m.DUE_VISITS: int(due.sum()),
            m.DUE_VISITS_MADE: int(np.minimum(due, now.calls.astype(np.int64)).sum()),
        }

    def _look_at(self, lists: Lists, visited: Numbers, bought: Numbers) -> _Seen:
        assigned = lists.visited & _ASSIGNED_BIT != 0
        verified = assigned & (lists.visited & _INSIDE_BIT != 0)
        calls = lists.calls if self._wanted & FREQUENCY else lists.calls[:0]
        return _Seen(
            visited=self._mark(visited),
            assigned=self._mark(visited[assigned]),
            verified=self._mark(visited[verified]),
            bought=self._mark(bought),
            calls=np.bincount(visited[: calls.size], weights=calls, minlength=self._size),
            new_customers=lists.new_customers,
        )

    def _mark(self, places: Numbers) -> Marks:
        marks = np.zeros(self._size, bool)
        marks[places] = True
        return marks

    def _together(self, period: Period) -> _Seen:
        inside = [
            seen
            for piece, seen in self._seen.items()
            if piece.start >= period.start and piece.end <= period.end
        ]
        if len(inside) < 2:
            return inside[0] if inside else self._nothing
        either = np.logical_or.reduce
        return _Seen(
            visited=either([each.visited for each in inside]),
            assigned=either([each.assigned for each in inside]),
            verified=either([each.verified for each in inside]),
            bought=either([each.bought for each in inside]),
            calls=np.sum([each.calls for each in inside], axis=0),
            new_customers=sum(each.new_customers for each in inside),
        )


_NOTHING = Lists(np.empty(0, np.uint32), np.empty(0, np.uint8), np.empty(0, np.uint32), 0)


def _count(marks: Marks) -> int:
    return int(np.count_nonzero(marks))


def year_before(period: Period) -> Period:
    """Return the twelve months before a period."""
    return Period(add_months(period.start, -12), period.start)


def _places(codes: Sequence[Numbers]) -> tuple[list[Numbers], int]:
    """Return where the customers of each array stand in arrays of all, and how long those are.

    That is a customer's number, or of few customers a smaller one.
    """
    # The type that arrays are indexed by: any other is copied each time.
    numbers: list[Numbers] = [(each >> CODE_BITS).astype(np.intp) for each in codes]
    if sum(each.size for each in numbers) >= _FEW:
        return numbers, 1 + max(int(each.max()) for each in numbers if each.size)
    different, place = np.unique(np.concatenate(numbers), return_inverse=True)
    ends = np.cumsum([each.size for each in numbers])[:-1]
    return list(np.split(place, ends)), different.size
