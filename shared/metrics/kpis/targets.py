"""Targets: of which numbers there are any, how much of them was reached, and at which pace."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from shared.i18n import N_
from shared.metrics import measures as m
from shared.metrics.activities import outlets, visits
from shared.metrics.definition import Example, Family, Metric, Need, Thresholds
from shared.metrics.formula import Measure, Unit
from shared.metrics.kpis import pipeline, revenue

_THRESHOLDS = Thresholds(target=Decimal(1), at_risk=Decimal("0.8"))
_REVENUE_ATTAINMENT = N_(
    "Revenue as a share of the target, both summed. A month that is only partly in the period "
    "counts by its working days; a rep's ramp, part time, joining and leaving make a target "
    "smaller."
)
_ATTAINMENT = N_(
    "The number as a share of its target, both summed. A month that is only partly in the period "
    "counts by its working days; a rep's ramp, part time, joining and leaving make a target "
    "smaller."
)
_PACE = N_(
    "The share of the target that will be reached if the rest of the period goes like the "
    "working days so far."
)


@dataclass(frozen=True, slots=True)
class Goal:
    """A number that targets are set for: rep by rep and day by day it adds up."""

    metric: Metric
    target: Measure
    attainment: Metric
    pace: Metric


def _goal(metric: Metric, target: Measure, *, attainment: str, pace: str) -> Goal:
    """Return a goal; `attainment` and `pace` are the names of its two metrics."""
    measure, is_revenue = metric.formula, target is m.REVENUE_TARGET
    assert isinstance(measure, Measure)
    prefix = "target" if is_revenue else target.key
    version = 2 if is_revenue else 1
    return Goal(
        metric,
        target,
        Metric(
            key=f"{prefix}_attainment",
            name=attainment,
            description=_REVENUE_ATTAINMENT if is_revenue else _ATTAINMENT,
            formula=measure / target,
            unit=Unit.PERCENT,
            family=Family.KPI,
            thresholds=_THRESHOLDS,
            null_reason="no_target",
            version=version,
            variant_of=None if is_revenue else "target_attainment",
            examples=(
                Example({measure.key: 90, target.key: 120}, "0.75"),
                Example({measure.key: 90, target.key: 0}, None, "no_target"),
            ),
        ),
        Metric(
            key=f"{prefix}_pace",
            name=pace,
            description=_PACE,
            formula=measure / m.ELAPSED_WORKING_DAYS * m.WORKING_DAYS / target,
            unit=Unit.PERCENT,
            family=Family.KPI,
            thresholds=_THRESHOLDS,
            null_reason="no_target",
            version=version,
            needs=(Need(measure=m.ELAPSED_WORKING_DAYS, reason="not_started"),),
            variant_of="target_attainment",
            examples=(
                Example(
                    {
                        measure.key: 60,
                        "elapsed_working_days": 10,
                        "working_days": 20,
                        target.key: 100,
                    },
                    "1.2",
                ),
                Example({measure.key: 0, "working_days": 20, target.key: 9}, None, "not_started"),
            ),
        ),
    )


GOALS: Mapping[str, Goal] = {
    goal.metric.key: goal
    for goal in (
        _goal(
            revenue.REVENUE,
            m.REVENUE_TARGET,
            attainment=N_("Target attainment"),
            pace=N_("Target pace"),
        ),
        _goal(
            revenue.WON_DEALS,
            m.WON_DEALS_TARGET,
            attainment=N_("Target attainment, won deals"),
            pace=N_("Target pace, won deals"),
        ),
        _goal(
            pipeline.OPPORTUNITIES,
            m.OPPORTUNITIES_TARGET,
            attainment=N_("Target attainment, new opportunities"),
            pace=N_("Target pace, new opportunities"),
        ),
        _goal(
            pipeline.OPPORTUNITIES_VALUE,
            m.OPPORTUNITIES_VALUE_TARGET,
            attainment=N_("Target attainment, value of new opportunities"),
            pace=N_("Target pace, value of new opportunities"),
        ),
        _goal(
            visits.CALLS,
            m.CALLS_TARGET,
            attainment=N_("Target attainment, visits"),
            pace=N_("Target pace, visits"),
        ),
        _goal(
            visits.PRODUCTIVE_CALLS,
            m.PRODUCTIVE_CALLS_TARGET,
            attainment=N_("Target attainment, productive visits"),
            pace=N_("Target pace, productive visits"),
        ),
        _goal(
            outlets.NEW_OUTLETS,
            m.NEW_OUTLETS_TARGET,
            attainment=N_("Target attainment, new outlets"),
            pace=N_("Target pace, new outlets"),
        ),
    )
}
"""By the key of the metric, which is what a target is stored under."""

ATTAINMENTS_AND_PACES = tuple(
    metric for goal in GOALS.values() for metric in (goal.attainment, goal.pace)
)
TARGET_ATTAINMENT, TARGET_PACE = ATTAINMENTS_AND_PACES[:2]
"""Of revenue, which every company has a target for."""
