"""What a company decides about its work: weekdays, how often a class is visited, what is idle.

Each decision counts from a day on, so that what was counted before it stays as it was.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from shared.time import Period
from shared.vocabulary import CustomerClass

Value = TypeVar("Value")
Weekdays = frozenset[int]
"""ISO weekdays: Monday is 1, Sunday 7."""

MOST_WEEKS = 52
LEAST_IDLE_MIN, MOST_IDLE_MIN = 5, 120
"""Shorter stays are found nowhere: a traffic light is none."""


class VisitWeeks(NamedTuple):
    """Weeks from one visit to the next, for customers of each class."""

    a: int
    b: int
    c: int

    def of(self, customer_class: CustomerClass) -> int:
        """Return the weeks of a class."""
        return {CustomerClass.A: self.a, CustomerClass.B: self.b, CustomerClass.C: self.c}[
            customer_class
        ]


@dataclass(frozen=True, slots=True)
class Steps(Generic[Value]):
    """What was decided, and from which day on something else was."""

    first: Value
    later: tuple[tuple[dt.date, Value], ...] = ()
    """In the order of their days."""

    def on(self, day: dt.date) -> Value:
        """Return what counts on a day."""
        for since, value in reversed(self.later):
            if since <= day:
                return value
        return self.first

    def changed(self, value: Value, *, since: dt.date | None) -> "Steps[Value]":
        """
        Return the same with another value from a day on.

        :param since: None: it is a correction, and counts for all days
        """
        if since is None:
            return Steps(value)
        before = Steps(self.first, tuple(step for step in self.later if step[0] < since))
        if before.on(since) == value:
            return before
        return Steps(self.first, (*before.later, (since, value)))


USUAL_WEEK: Steps[Weekdays] = Steps(frozenset(range(1, 7)))
"""Monday to Saturday, as long as the company says nothing else."""
USUAL_VISITS = Steps(VisitWeeks(1, 2, 4))
USUAL_IDLE = Steps(LEAST_IDLE_MIN)


@dataclass(frozen=True, slots=True)
class WorkRules:
    """All that a company decides about its work."""

    week: Steps[Weekdays] = USUAL_WEEK
    visits: Steps[VisitWeeks] = USUAL_VISITS
    idle_minutes: Steps[int] = USUAL_IDLE
    """So long or longer somebody stands still to be idle."""

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> "WorkRules":
        """
        Read what `to_wire` gives; what is not there is as usual.

        :raises ValueError: if it says something else
        """
        return cls(
            week=_read(wire.get("working_weekdays"), _weekdays, USUAL_WEEK),
            visits=_read(wire.get("visit_weeks"), _visit_weeks, USUAL_VISITS),
            idle_minutes=_read(wire.get("idle_minutes"), _idle_minutes, USUAL_IDLE),
        )

    def to_wire(self) -> dict[str, Any]:
        """Return it as JSON has it: lists of the first day, null for ever, and what counts then."""
        return {
            "working_weekdays": _written(self.week, sorted),
            "visit_weeks": _written(self.visits, list),
            "idle_minutes": _written(self.idle_minutes, int),
        }


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked: those of the working week, but for holidays."""

    holidays: Collection[dt.date] = frozenset()
    week: Steps[Weekdays] = USUAL_WEEK

    def is_worked(self, day: dt.date) -> bool:
        """Return whether a day is worked."""
        return day.isoweekday() in self.week.on(day) and day not in self.holidays

    def days(self, period: Period) -> int:
        """Return how many days of the period are worked."""
        return sum(self.is_worked(day) for day in period.days())


def _written(steps: Steps[Any], plain: Callable[[Any], Any]) -> list[list[Any]]:
    later = [[since.isoformat(), plain(value)] for since, value in steps.later]
    return [[None, plain(steps.first)], *later]


def _read(wire: Any, value: Callable[[Any], Value], usual: Steps[Value]) -> Steps[Value]:
    if wire is None:
        return usual
    try:
        (nothing, first), *later = wire
        steps = Steps(
            value(first), tuple((dt.date.fromisoformat(day), value(each)) for day, each in later)
        )
    except TypeError as error:
        raise ValueError(str(error)) from error
    days = [day for day, _ in steps.later]
    if nothing is not None or days != sorted(set(days)):
        raise ValueError("the first step has no day, the others are in order")
    return steps


def _weekdays(wire: Any) -> Weekdays:
    return frozenset(_whole_numbers(wire, least=1, most=7))


def _visit_weeks(wire: Any) -> VisitWeeks:
    a, b, c = _whole_numbers(wire, least=1, most=MOST_WEEKS)
    return VisitWeeks(a, b, c)


def _idle_minutes(wire: Any) -> int:
    (minutes,) = _whole_numbers([wire], least=LEAST_IDLE_MIN, most=MOST_IDLE_MIN)
    return minutes


def _whole_numbers(wire: Any, *, least: int, most: int) -> list[int]:
    numbers = list(wire)
    if not numbers or any(type(each) is not int or not least <= each <= most for each in numbers):
        raise ValueError(f"whole numbers from {least} to {most}")
    return numbers
