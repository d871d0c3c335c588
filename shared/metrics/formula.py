"""
Formulas over measures: a small tree, one evaluator, one way to write it as text.

Databases and the phone only sum. The division happens here, in decimal arithmetic with one fixed
context, so that both databases and the phone agree to the last digit.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from enum import StrEnum
from operator import itemgetter

from shared.i18n import N_

ARITHMETIC = Context(
    prec=34, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow]
)

Totals = Mapping[str, Decimal | None]
"""Measure slot to its total; money in major units. A missing slot is an error, None is no data."""
Evaluation = Callable[[Totals], Decimal | None]


class Kind(StrEnum):
    """How a measure is put together over days, reps and customers."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    DISTINCT = "distinct"
    """Counted once however many days it occurs on; never the sum of days."""
    STOCK = "stock"
    """What is there at the end: the sum of all daily changes up to then."""
    MEDIAN = "median"
    """Taken from one fact row per closed deal."""
    COST = "cost"
    TARGET = "target"
    CALENDAR = "calendar"
    """Known from the period alone: its working days."""
    PREDICTION = "prediction"
    """Of the latest prediction, whatever the period."""


class Window(StrEnum):
    """The days over which a measure is taken."""

    PERIOD = "period"
    PREVIOUS = "previous"
    """The period it is compared with."""
    YEAR = "year"
    """The twelve months up to the end of the period."""
    PREVIOUS_YEAR = "previous_year"
    """The twelve months before those."""
    EVER = "ever"
    """All days up to the end of the period."""
    YOUNG = "young"
    """The days of the period that began less than `YOUNG_DAYS` ago; for cases with so much time."""


WINDOW_NAMES = {
    Window.PREVIOUS: N_("previous period"),
    Window.YEAR: N_("last 12 months"),
    Window.PREVIOUS_YEAR: N_("12 months before"),
    Window.EVER: N_("ever"),
    Window.YOUNG: N_("last 30 days"),
}
YOUNG_DAYS = 30


class Unit(StrEnum):
    """What a number means."""

    PERCENT = "percent"
    """A share: 0.75 is shown as 75%."""
    COUNT = "count"
    MONEY = "money"
    """Major units of the reporting currency."""
    DAYS = "days"
    HOURS = "hours"
    MINUTES = "minutes"
    SECONDS = "seconds"
    KILOMETRES = "kilometres"
    METRES = "metres"
    CLOCK = "clock"
    """Seconds since local midnight, shown as hh:mm."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A node of the tree; the operators build larger ones."""

    def __add__(self, other: "Formula | int") -> "Operation":
        return Operation("+", self, _node(other))

    def __sub__(self, other: "Formula | int") -> "Operation":
        return Operation("-", self, _node(other))

    def __mul__(self, other: "Formula | int") -> "Operation":
        return Operation("*", self, _node(other))

    def __truediv__(self, other: "Formula | int") -> "Operation":
        return Operation("/", self, _node(other))

    def at_most(self, cap: int) -> "Operation":
        """Return the smaller of the two; the cap also stands in for a division by nothing."""
        return Operation("min", self, Constant(cap))


@dataclass(frozen=True, slots=True)
class Constant(Formula):
    """A fixed number."""

    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Formula):
    """A total that is counted, not calculated."""

    key: str
    name: str
    kind: Kind = Kind.SUM
    unit: Unit = Unit.COUNT
    window: Window = Window.PERIOD
    unknown: "Measure | None" = None
    """Of money: counts the rows whose worth is not known. While there are any, nor is the total."""
    slot: str = field(init=False, repr=False, compare=False)
    """Its key among the totals: `revenue`, `revenue@previous`."""

    def __post_init__(self) -> None:
        """Put the slot together: an answer asks for it some thousand times."""
        slot = self.key if self.window is Window.PERIOD else f"{self.key}@{self.window}"
        object.__setattr__(self, "slot", slot)

    def __hash__(self) -> int:
        # Measures are looked up more often than compared; a text knows its hash.
        return hash(self.slot)

    @property
    def without_rate(self) -> "Measure | None":
        """Return `unknown` over the same window."""
        return None if self.unknown is None else self.unknown.over(self.window)

    @property
    def column(self) -> str:
        """Return the name of its column; money is stored in minor units."""
        return f"{self.key}_minor" if self.unit is Unit.MONEY else self.key

    def over(self, window: Window) -> "Measure":
        """Return the same measure over another window."""
        return self if window is self.window else replace(self, window=window)


@dataclass(frozen=True, slots=True)
class Operation(Formula):
    """Two formulas and what is done with them: `+`, `-`, `*`, `/` or `min`."""

    operator: str
    left: Formula
    right: Formula


def _node(value: Formula | int) -> Formula:
    return Constant(value) if isinstance(value, int) else value


_Apply = Callable[[Decimal | None, Decimal | None], Decimal | None]


def _of_known(apply: Callable[[Decimal, Decimal], Decimal]) -> _Apply:
    return lambda left, right: None if left is None or right is None else apply(left, right)


def divide(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    """Return the quotient, or None where data is missing or a denominator is not positive."""
    if left is None or right is None or right <= 0:
        return None
    return ARITHMETIC.divide(left, right)


def _smaller(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    if left is None or right is None:
        return right if left is None else None
    return ARITHMETIC.min(left, right)


_APPLY: Mapping[str, _Apply] = {
    "+": _of_known(ARITHMETIC.add),
    "-": _of_known(ARITHMETIC.subtract),
    "*": _of_known(ARITHMETIC.multiply),
    "/": divide,
    "min": _smaller,
}


def evaluate(formula: Formula, totals: Totals) -> Decimal | None:
    """
    Return the value, or None where data is missing or a denominator is not positive.

    :raises KeyError: if the totals lack a measure of the formula
    """
    return evaluation(formula)(totals)


def evaluation(formula: Formula) -> Evaluation:
    """Return what evaluates a formula: taken apart once, where an answer holds thousands of values.

    :raises TypeError: if it is no formula
    """
    match formula:
        case Measure(slot=slot):
            return itemgetter(slot)
        case Constant(value=value):
            number = Decimal(value)
            return lambda _: number
        case Operation(operator=operator, left=of_left, right=of_right):
            apply, left, right = _APPLY[operator], evaluation(of_left), evaluation(of_right)
            return lambda totals: apply(left(totals), right(totals))
    raise TypeError(f"not a formula: {formula!r}")


def caps_in(formula: Formula) -> Iterator[Operation]:
    """Return the caps of a formula, those of `at_most`."""
    if isinstance(formula, Operation):
        if formula.operator == "min":
            yield formula
        yield from caps_in(formula.left)
        yield from caps_in(formula.right)


def reaches(number: Decimal | None, cap: Decimal | None) -> bool:
    """Return whether a cap stands in for a larger number, or for a division by nothing."""
    return number is None or (cap is not None and number > cap)


def measures_in(formula: Formula) -> Iterator[Measure]:
    """Return the measures of a formula from left to right, repetitions included."""
    match formula:
        case Measure():
            yield formula
        case Operation(left=left, right=right):
            yield from measures_in(left)
            yield from measures_in(right)


_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}
_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2}


def to_text(formula: Formula, translate: Callable[[str], str] = str) -> str:
    """Return the formula in words: `won deals ÷ (won deals + lost deals)`."""
    match formula:
        case Constant(value=value):
            return str(value)
        case Measure(name=name, window=window):
            name = translate(name)
            return (
                name if window is Window.PERIOD else f"{name} [{translate(WINDOW_NAMES[window])}]"
            )
        case Operation(operator="min", left=left, right=right):
            return f"min({to_text(left, translate)}; {to_text(right, translate)})"
        case Operation(operator=operator, left=left, right=right):
            left_text = _inside(left, _STRENGTH[operator], translate)
            # a - (b - c) and a / (b * c) need their brackets.
            right_text = _inside(right, _STRENGTH[operator] + 1, translate)
            return f"{left_text} {_SIGNS[operator]} {right_text}"
    raise TypeError(f"not a formula: {formula!r}")


def _inside(formula: Formula, strength: int, translate: Callable[[str], str]) -> str:
    text = to_text(formula, translate)
    if isinstance(formula, Operation) and _STRENGTH.get(formula.operator, 9) < strength:
        return f"({text})"
    return text
