"""The numbers of a rep that phone and office both count, and how the office's travel."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.metrics.activities import no_sale, outlets, visits
from shared.metrics.activities.working_time import (
    FIRST_CALL_TIME,
    LAST_CALL_TIME,
    TIME_IN_STORE,
)
from shared.metrics.definition import Metric, MetricValue
from shared.metrics.kpis import revenue
from shared.metrics.kpis.targets import GOALS
from shared.time import Period


def _attainment_and_pace(metric: Metric) -> tuple[Metric, Metric]:
    goal = GOALS[metric.key]
    return goal.attainment, goal.pace


OWN_NUMBERS: tuple[Metric, ...] = (
    revenue.REVENUE,
    *_attainment_and_pace(revenue.REVENUE),
    revenue.SALES_GROWTH,
    revenue.WON_DEALS,
    *_attainment_and_pace(revenue.WON_DEALS),
    revenue.AVERAGE_PURCHASE_VALUE,
    visits.CALLS,
    *_attainment_and_pace(visits.CALLS),
    visits.PRODUCTIVE_CALLS,
    *_attainment_and_pace(visits.PRODUCTIVE_CALLS),
    visits.STRIKE_RATE,
    no_sale.NO_SALE_SHARE,
    visits.DROP_SIZE,
    visits.LINES_PER_PRODUCTIVE_CALL,
    visits.PJP_RATE,
    visits.CALL_COMPLIANCE,
    visits.CANCELLED_STOPS,
    visits.GEOFENCE_COMPLIANCE,
    visits.UNDECIDED_SHARE,
    outlets.CUSTOMERS_VISITED,
    outlets.ACTIVE_OUTLETS,
    TIME_IN_STORE,
    FIRST_CALL_TIME,
    LAST_CALL_TIME,
)
"""What the phone can count by itself, from the rows it holds."""


@dataclass(frozen=True, slots=True)
class OwnFigure:
    """What the office counts of a rep, and by which version of the definition."""

    value: Decimal | None
    """In `unit`, money in major units; None exactly where there is a reason."""
    reason: str | None
    """Code of `NULL_REASONS`, or of a newer server."""
    numerator: Decimal | None
    denominator: Decimal | None
    unit: str
    version: int

    @classmethod
    def of(cls, metric: Metric, value: MetricValue) -> "OwnFigure":
        """Return a metric's value as it is told."""
        return cls(
            value=value.value,
            reason=value.reason,
            numerator=value.numerator,
            denominator=value.denominator,
            unit=metric.unit,
            version=metric.version,
        )

    def to_wire(self) -> dict[str, Any]:
        """Return it as it travels: decimals as text, to the last digit."""
        return {
            "value": _text(self.value),
            "reason": self.reason,
            "numerator": _text(self.numerator),
            "denominator": _text(self.denominator),
            "unit": self.unit,
            "version": self.version,
        }

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> "OwnFigure":
        """Return what travelled."""
        return cls(
            value=_decimal(wire["value"]),
            reason=wire["reason"],
            numerator=_decimal(wire["numerator"]),
            denominator=_decimal(wire["denominator"]),
            unit=wire["unit"],
            version=wire["version"],
        )


def months_told(today: dt.date) -> tuple[Period, Period]:
    """Return the last month and this one: of these the office tells."""
    this_month = Period.month(today.year, today.month)
    return this_month.previous(), this_month


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
