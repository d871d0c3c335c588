"""What a metric is: one record from which API, pages, phone and docs are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from shared.i18n import N_
from shared.metrics.formula import (
    Evaluation,
    Formula,
    Kind,
    Measure,
    Operation,
    Totals,
    Unit,
    Window,
    caps_in,
    divide,
    evaluation,
    measures_in,
    reaches,
)


class Direction(StrEnum):
    """Which way is good."""

    HIGHER_IS_BETTER = "higher_is_better"
    LOWER_IS_BETTER = "lower_is_better"
    NEUTRAL = "neutral"


class Part(StrEnum):
    """What a value is made of."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"


class Family(StrEnum):
    """Where a metric is shown."""

    KPI = "kpi"
    ACTIVITY = "activity"


class Status(StrEnum):
    """How a value stands to the thresholds."""

    GOOD = "good"
    AT_RISK = "at_risk"
    BAD = "bad"


NULL_REASONS = {
    "no_data": N_("Nothing was recorded in this period."),
    "no_calls": N_("There were no visits."),
    "no_track": N_("No track was recorded."),
    "no_completed_visits": N_("No visit was completed."),
    "no_productive_visits": N_("No visit led to an order."),
    "no_judged_check_ins": N_("No check-in could be judged inside or outside."),
    "no_plan": N_("No customers were planned."),
    "no_planned_visits": N_("No planned customer was visited."),
    "no_visits_without_sale": N_("Every completed visit led to an order."),
    "no_no_sale_reasons": N_("No visit has a reason why nothing was sold."),
    "no_days_worked": N_("No day was worked."),
    "no_customers_assigned": N_("No customers are assigned."),
    "no_visits_due": N_("No visit was due."),
    "no_target": N_("No target is set."),
    "no_previous_sales": N_("There were no sales in the period compared with."),
    "no_costs": N_("No acquisition cost was noted."),
    "no_new_customers": N_("No customer was newly won."),
    "no_previous_customers": N_("Nobody bought in the year before."),
    "no_product_costs": N_("The products sold have no cost."),
    "no_prediction": N_("Too few customers have bought again to predict what they will buy."),
    "no_won_deals": N_("No deal was won."),
    "no_lost_deals": N_("No deal was lost."),
    "no_closed_deals": N_("No deal was closed."),
    "no_leads": N_("There were no leads."),
    "no_opportunities": N_("There were no opportunities."),
    "no_active_reps": N_("No sales rep was active."),
    "no_existing_customers": N_("No deal was won with an existing customer."),
    "not_started": N_("The period has not started."),
    "missing_rate": N_("An amount in another currency waits for the exchange rate of its day."),
}
"""Why a value is missing, by code."""

MISSING_RATE = "missing_rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Defaults; a manager's target overrides them."""

    target: Decimal | None = None
    at_risk: Decimal | None = None
    """Beyond this the value is bad, between it and the target at risk."""
    from_denominator: int = 0
    """Below this many cases a value says too little to be judged."""


@dataclass(frozen=True, slots=True)
class Example:
    """Totals and the value that must come of them; shown in the docs and run as a test."""

    totals: Mapping[str, int | str | None]
    expected: str | None
    """Decimal number, rounded to as many places as it shows; None where there is no value."""
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A measure that must be positive for the metric to mean anything."""

    measure: Measure
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricValue:
    """A value with what it was made of. `value` is None exactly where `reason` is given."""

    value: Decimal | None
    reason: str | None
    numerator: Decimal | None
    denominator: Decimal | None
    immature: bool = False
    """Whether the value of this cohort can still change."""
    capped: bool = False
    """Whether a part of it would be larger, or without an end, but for a limit of the formula."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A definition. Changing its formula or its counting rules raises its version."""

    key: str
    name: str
    description: str
    formula: Formula
    unit: Unit
    family: Family
    examples: tuple[Example, ...]
    direction: Direction = Direction.HIGHER_IS_BETTER
    thresholds: Thresholds = Thresholds()
    null_reason: str = "no_data"
    needs: tuple[Need, ...] = ()
    variant_of: str | None = None
    open_cases: Measure | None = None
    """For a cohort: its cases without an outcome yet. While there are any it is immature."""
    version: int = 1
    _measures: tuple[Measure, ...] = field(init=False, repr=False, compare=False)
    _evaluator: "Evaluator | None" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Put the measures together: an answer asks for them a thousand times."""
        object.__setattr__(self, "_measures", self._put_together())
        object.__setattr__(self, "_evaluator", None)

    def measures(self) -> tuple[Measure, ...]:
        """Return each measure that the value is made of, once."""
        return self._measures

    def _put_together(self) -> tuple[Measure, ...]:
        needed = [need.measure for need in self.needs]
        if self.open_cases is not None:
            needed.append(self.open_cases)
        counted = tuple(measures_in(self.formula))
        unknown = (each.without_rate for each in (*counted, *needed))
        return tuple(
            dict.fromkeys([*counted, *needed, *(each for each in unknown if each is not None)])
        )

    def evaluate(self, totals: Totals) -> MetricValue:
        """
        Return the value for these totals.

        :raises KeyError: if the totals lack one of the metric's measures
        """
        return self.evaluator.evaluate(totals)

    @property
    def evaluator(self) -> "Evaluator":
        """Return what works the metric out; made when it is first asked for."""
        evaluator = self._evaluator
        if evaluator is None:
            evaluator = Evaluator.of(self)
            object.__setattr__(self, "_evaluator", evaluator)
        return evaluator

    def part(self, part: Part) -> Formula | None:
        """Return the formula above or below the line; None below where nothing is divided."""
        top, bottom = self.formula, None
        match self.formula:
            case Operation(operator="/", left=left, right=right) if any(measures_in(right)):
                top, bottom = left, right
        return top if part is Part.NUMERATOR else bottom

    @property
    def compares(self) -> bool:
        """Whether the formula itself looks at the period before."""
        return any(measure.window is Window.PREVIOUS for measure in self.measures())

    @property
    def is_additive(self) -> bool:
        """Whether the values of reps add up to the value of their team."""
        return isinstance(self.formula, Measure) and self.formula.kind in {Kind.SUM, Kind.STOCK}

    def status(self, value: MetricValue) -> Status | None:
        """Return how the value stands; None without a value, thresholds or enough cases."""
        target, at_risk = self.thresholds.target, self.thresholds.at_risk
        if value.value is None or self.direction is Direction.NEUTRAL:
            return None
        if (value.denominator or 0) < self.thresholds.from_denominator:
            return None
        if at_risk is not None and self._is_worse(value.value, at_risk):
            return Status.BAD
        if target is not None:
            return Status.AT_RISK if self._is_worse(value.value, target) else Status.GOOD
        return None if at_risk is None else Status.GOOD

    def _is_worse(self, value: Decimal, limit: Decimal) -> bool:
        if self.direction is Direction.LOWER_IS_BETTER:
            return value > limit
        return value < limit


@dataclass(frozen=True, slots=True)
class Evaluator:
    """A metric taken apart once, to be worked out for the totals of many reps and days."""

    unknown: tuple[tuple[str, str], ...]
    """Slots of measures, each with that of its rows that wait for an exchange rate."""
    numerator: Evaluation
    denominator: Evaluation | None
    caps: tuple[tuple[Evaluation, Evaluation], ...]
    """The numbers that have a cap, and that."""
    needs: tuple[tuple[str, str], ...]
    """Slots of what must be positive, each with the reason why there is no value otherwise."""
    open_cases: str | None
    """The slot of the cases without an outcome."""
    null_reason: str

    @classmethod
    def of(cls, metric: Metric) -> "Evaluator":
        """Return what works out this metric."""
        denominator = metric.part(Part.DENOMINATOR)
        return cls(
            unknown=tuple(
                (measure.slot, waiting.slot)
                for measure in metric.measures()
                if (waiting := measure.without_rate) is not None
            ),
            numerator=evaluation(metric.part(Part.NUMERATOR) or metric.formula),
            denominator=None if denominator is None else evaluation(denominator),
            caps=tuple(
                (evaluation(cap.left), evaluation(cap.right)) for cap in caps_in(metric.formula)
            ),
            needs=tuple((need.measure.slot, need.reason) for need in metric.needs),
            open_cases=None if metric.open_cases is None else metric.open_cases.slot,
            null_reason=metric.null_reason,
        )

    def evaluate(self, totals: Totals) -> MetricValue:
        """
        Return the value for these totals.

        :raises KeyError: if the totals lack one of the metric's measures
        """
        unknown: list[str] = []
        if self.unknown:
            # Examples, and totals of a company with one currency, need not say that no row waits.
            unknown = [slot for slot, waiting in self.unknown if totals.get(waiting)]
            if unknown:
                totals = {**totals, **dict.fromkeys(unknown)}
        numerator, denominator = self.numerator(totals), None
        value, reason = numerator, None
        if self.denominator is not None:
            denominator = self.denominator(totals)
            value = divide(numerator, denominator)
        if unknown:
            value, reason = None, MISSING_RATE
        for slot, why in self.needs:
            if reason is None and (totals[slot] or 0) <= 0:
                value, reason = None, why
        if value is None and reason is None:
            reason = self.null_reason
        return MetricValue(
            value=value,
            reason=reason,
            numerator=numerator,
            denominator=denominator,
            immature=self.open_cases is not None and bool(totals[self.open_cases]),
            capped=value is not None
            and any(reaches(number(totals), cap(totals)) for number, cap in self.caps),
        )
