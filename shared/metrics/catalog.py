"""Every metric there is, by key: the KPIs first, then what the reps did in the field."""

from collections.abc import Iterable, Mapping
from types import ModuleType

from shared.metrics.activities import no_sale, outlets, visits, working_time
from shared.metrics.definition import Metric
from shared.metrics.formula import Measure
from shared.metrics.kpis import conversion, customers, cycle, pipeline, revenue, targets


def _metrics_in(*modules: ModuleType) -> tuple[Metric, ...]:
    return tuple(
        value for module in modules for value in vars(module).values() if isinstance(value, Metric)
    )


KPIS = (
    *_metrics_in(revenue),
    *targets.ATTAINMENTS_AND_PACES,
    *_metrics_in(conversion, cycle, customers, pipeline),
)
ACTIVITIES = _metrics_in(visits, no_sale, outlets, working_time)
METRICS: Mapping[str, Metric] = {metric.key: metric for metric in (*KPIS, *ACTIVITIES)}
"""All metrics in the order in which they are shown."""


def measures_of(metrics: Iterable[Metric]) -> tuple[Measure, ...]:
    """Return each measure these metrics are made of, once."""
    return tuple(dict.fromkeys(measure for metric in metrics for measure in metric.measures()))
