"""Targets: of which numbers there are any, how much of them was reached, and at which pace."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from shared.i18n import N_
from shared.metrics import measures as m
from shared.metrics.activities import outlets, visits
from shared.metrics.definition import Example, Family, Metric, Need, Thresholds
from shared.metrics.formula import Formula, Measure, Unit
from shared.metrics.kpis import pipeline, revenue

_THRESHOLDS = Thresholds(target=Decimal(1), at_risk=Decimal("0.8"))
_ATTAINMENT = N_(
    "The number as a share of its target, both summed. A month that is only partly in the period "
    "counts by its working days; a rep's ramp, part time, joining and leaving make a target "
    "smaller."
)
_PACE = N_(
    "The share of the target that will be reached if the rest of the period goes like the "
    "working days so far."
)


def _attainment(measure: Formula, target: Measure, *, name: str, description: str) -> Metric:
    assert isinstance(measure, Measure)
    is_revenue = target is m.REVENUE_TARGET
    return Metric(
        key="target_attainment" if is_revenue else f"{target.key}_attainment",
        name=name,
        description=description,
        formula=measure / target,
        unit=Unit.PERCENT,
        family=Family.KPI,
        thresholds=_THRESHOLDS,
        null_reason="no_target",
        version=2 if is_revenue else 1,
        variant_of=None if is_revenue else "target_attainment",
        examples=(
            Example({measure.key: 90, target.key: 120}, "0.75"),
            Example({measure.key: 90, target.key: 0}, None, "no_target"),
        ),
    )


def _pace(measure: Formula, target: Measure, *, name: str) -> Metric:
    assert isinstance(measure, Measure)
    is_revenue = target is m.REVENUE_TARGET
    return Metric(
        key="target_pace" if is_revenue else f"{target.key}_pace",
        name=name,
        description=_PACE,
        formula=measure / m.ELAPSED_WORKING_DAYS * m.WORKING_DAYS / target,
        unit=Unit.PERCENT,
        family=Family.KPI,
        thresholds=_THRESHOLDS,
        null_reason="no_target",
        version=2 if is_revenue else 1,
        needs=(Need(measure=m.ELAPSED_WORKING_DAYS, reason="not_started"),),
        variant_of="target_attainment",
        examples=(
            Example(
                {measure.key: 60, "elapsed_working_days": 10, "working_days": 20, target.key: 100},
                "1.2",
            ),
            Example({measure.key: 0, "working_days": 20, target.key: 9}, None, "not_started"),
        ),
    )


TARGET_ATTAINMENT = _attainment(
    m.REVENUE,
    m.REVENUE_TARGET,
    name=N_("Target attainment"),
    description=N_(
        "Revenue as a share of the target, both summed. A month that is only partly in the period "
        "counts by its working days; a rep's ramp, part time, joining and leaving make a target "
        "smaller."
    ),
)
TARGET_PACE = _pace(m.REVENUE, m.REVENUE_TARGET, name=N_("Target pace"))
WON_DEALS_ATTAINMENT = _attainment(
    revenue.WON_DEALS.formula,
    m.WON_DEALS_TARGET,
    name=N_("Target attainment, won deals"),
    description=_ATTAINMENT,
)
WON_DEALS_PACE = _pace(
    revenue.WON_DEALS.formula, m.WON_DEALS_TARGET, name=N_("Target pace, won deals")
)
OPPORTUNITIES_ATTAINMENT = _attainment(
    pipeline.OPPORTUNITIES.formula,
    m.OPPORTUNITIES_TARGET,
    name=N_("Target attainment, new opportunities"),
    description=_ATTAINMENT,
)
OPPORTUNITIES_PACE = _pace(
    pipeline.OPPORTUNITIES.formula,
    m.OPPORTUNITIES_TARGET,
    name=N_("Target pace, new opportunities"),
)
OPPORTUNITIES_VALUE_ATTAINMENT = _attainment(
    pipeline.OPPORTUNITIES_VALUE.formula,
    m.OPPORTUNITIES_VALUE_TARGET,
    name=N_("Target attainment, value of new opportunities"),
    description=_ATTAINMENT,
)
OPPORTUNITIES_VALUE_PACE = _pace(
    pipeline.OPPORTUNITIES_VALUE.formula,
    m.OPPORTUNITIES_VALUE_TARGET,
    name=N_("Target pace, value of new opportunities"),
)
CALLS_ATTAINMENT = _attainment(
    visits.CALLS.formula,
    m.CALLS_TARGET,
    name=N_("Target attainment, visits"),
    description=_ATTAINMENT,
)
CALLS_PACE = _pace(visits.CALLS.formula, m.CALLS_TARGET, name=N_("Target pace, visits"))
PRODUCTIVE_CALLS_ATTAINMENT = _attainment(
    visits.PRODUCTIVE_CALLS.formula,
    m.PRODUCTIVE_CALLS_TARGET,
    name=N_("Target attainment, productive visits"),
    description=_ATTAINMENT,
)
PRODUCTIVE_CALLS_PACE = _pace(
    visits.PRODUCTIVE_CALLS.formula,
    m.PRODUCTIVE_CALLS_TARGET,
    name=N_("Target pace, productive visits"),
)
NEW_OUTLETS_ATTAINMENT = _attainment(
    outlets.NEW_OUTLETS.formula,
    m.NEW_OUTLETS_TARGET,
    name=N_("Target attainment, new outlets"),
    description=_ATTAINMENT,
)
NEW_OUTLETS_PACE = _pace(
    outlets.NEW_OUTLETS.formula, m.NEW_OUTLETS_TARGET, name=N_("Target pace, new outlets")
)


@dataclass(frozen=True, slots=True)
class Goal:
    """A number that targets are set for: rep by rep and day by day it adds up."""

    metric: Metric
    target: Measure
    attainment: Metric
    pace: Metric


GOALS: Mapping[str, Goal] = {
    goal.metric.key: goal
    for goal in (
        Goal(revenue.REVENUE, m.REVENUE_TARGET, TARGET_ATTAINMENT, TARGET_PACE),
        Goal(revenue.WON_DEALS, m.WON_DEALS_TARGET, WON_DEALS_ATTAINMENT, WON_DEALS_PACE),
        Goal(
            pipeline.OPPORTUNITIES,
            m.OPPORTUNITIES_TARGET,
            OPPORTUNITIES_ATTAINMENT,
            OPPORTUNITIES_PACE,
        ),
        Goal(
            pipeline.OPPORTUNITIES_VALUE,
            m.OPPORTUNITIES_VALUE_TARGET,
            OPPORTUNITIES_VALUE_ATTAINMENT,
            OPPORTUNITIES_VALUE_PACE,
        ),
        Goal(visits.CALLS, m.CALLS_TARGET, CALLS_ATTAINMENT, CALLS_PACE),
        Goal(
            visits.PRODUCTIVE_CALLS,
            m.PRODUCTIVE_CALLS_TARGET,
            PRODUCTIVE_CALLS_ATTAINMENT,
            PRODUCTIVE_CALLS_PACE,
        ),
        Goal(outlets.NEW_OUTLETS, m.NEW_OUTLETS_TARGET, NEW_OUTLETS_ATTAINMENT, NEW_OUTLETS_PACE),
    )
}
"""By the key of the metric, which is what a target is stored under."""
