"""How values are worked out of what was counted: taken apart once for all frames and holders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from server.metrics.sql.frames import Frame, Span, span_of
from server.metrics.sql.read import Counted, Holder
from shared.metrics.catalog import measures_of
from shared.metrics.definition import Evaluator, Metric, MetricValue
from shared.metrics.formula import ARITHMETIC, Kind, Measure, Unit
from shared.money import to_major


class _Step(NamedTuple):
    """Where a total is found among what was counted."""

    slot: str
    key: str
    window: int
    """By its place among the windows of the plan."""
    nothing: Decimal | None
    """What no row at all comes to."""
    factor: Decimal | None
    """What it is counted in, in the measure's unit; None where that is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How some metrics are worked out in any frame, for any rep and team."""

    windows: Sequence[tuple[Span, bool]]
    """With whether its numbers are the same for everybody."""
    steps: Sequence[_Step]
    metrics: Sequence[tuple[str, Evaluator]]

    @classmethod
    def of(cls, metrics: Sequence[Metric], currency: str) -> "Plan":
        """Return the plan of these metrics, with money in major units of a currency."""
        windows: dict[tuple[Span, bool], int] = {}

        def step(measure: Measure) -> _Step:
            window = span_of(measure), measure.kind is Kind.CALENDAR
            has_none = measure.kind in {Kind.MIN, Kind.MAX, Kind.MEDIAN}
            factor = _scaled(1, measure.unit, currency)
            return _Step(
                slot=measure.slot,
                key=measure.key,
                window=windows.setdefault(window, len(windows)),
                nothing=None if has_none else _scaled(0, measure.unit, currency),
                factor=None if factor == 1 else factor,
            )

        steps = [step(measure) for measure in measures_of(metrics)]
        evaluators = [(metric.key, metric.evaluator) for metric in metrics]
        return cls(windows=list(windows), steps=steps, metrics=evaluators)

    def values(self, frame: Frame, counted: Counted, holder: Holder) -> Mapping[str, MetricValue]:
        """Return the values by key of a rep, a team or all together."""
        # Each window is looked up once, not for each of a hundred measures.
        found = [
            counted.get((frame.period(span), None if is_for_all else holder), {})
            for span, is_for_all in self.windows
        ]
        totals: dict[str, Decimal | None] = {}
        for slot, key, window, nothing, factor in self.steps:
            total = found[window].get(key)
            if total is None:
                totals[slot] = nothing
            else:
                totals[slot] = total if factor is None else ARITHMETIC.multiply(total, factor)
        return {key: evaluator.evaluate(totals) for key, evaluator in self.metrics}


@lru_cache(maxsize=256)
def _scaled(number: int, unit: Unit, currency: str) -> Decimal:
    """Return nothing, or what is counted as one, in a unit."""
    return Decimal(number) * to_major(1, currency) if unit is Unit.MONEY else Decimal(number)
