"""The page of all definitions, `docs/metrics.md`, made from the definitions themselves."""

from collections.abc import Iterable, Iterator

from shared.metrics.catalog import ACTIVITIES, KPIS
from shared.metrics.definition import NULL_REASONS, Direction, Example, Metric
from shared.metrics.formula import Unit, to_text

_UNITS = {
    Unit.PERCENT: "%",
    Unit.COUNT: "number",
    Unit.MONEY: "money",
    Unit.DAYS: "days",
    Unit.HOURS: "hours",
    Unit.MINUTES: "minutes",
    Unit.SECONDS: "seconds",
    Unit.KILOMETRES: "km",
    Unit.METRES: "metres",
    Unit.CLOCK: "clock time, in seconds since midnight",
}
_DIRECTIONS = {
    Direction.HIGHER_IS_BETTER: "higher is better",
    Direction.LOWER_IS_BETTER: "lower is better",
    Direction.NEUTRAL: "neither high nor low is better",
}


def metrics_page() -> str:
    """Return the page in Markdown."""
    return "\n".join(
        [
            "# Metrics",
            "",
            "<!-- Written by `./run docs` from shared/metrics; do not edit. -->",
            "",
            "Every value is summed first and divided last: the rate of a team or a quarter is the",
            "ratio of the sums, never a mean of rates. A percent value is kept as a share, so 0.75",
            "is 75%. Where a denominator is zero or missing there is no value but a reason.",
            "A running period counts up to today and is compared with the same elapsed part.",
            "Every example runs as a test: through the evaluator, and from raw rows through SQLite",
            "and PostgreSQL.",
            "",
            *_chapter("Sales KPIs", KPIS),
            *_chapter("Visits and activity", ACTIVITIES),
            "## Why a value is missing",
            "",
            "| reason | meaning |",
            "|---|---|",
            *(f"| `{code}` | {text} |" for code, text in NULL_REASONS.items()),
            "",
        ]
    )


def _chapter(title: str, metrics: Iterable[Metric]) -> Iterator[str]:
    yield from (f"## {title}", "")
    for metric in metrics:
        yield from _section(metric)


def _section(metric: Metric) -> Iterator[str]:
    yield from (f"### {metric.name} (`{metric.key}`)", "", metric.description, "")
    yield f"- Formula: {to_text(metric.formula)}"
    yield (
        f"- Unit: {_UNITS[metric.unit]}; {_DIRECTIONS[metric.direction]}; version {metric.version}"
    )
    thresholds = metric.thresholds
    if thresholds.target is not None:
        least = thresholds.from_denominator
        yield (
            f"- Good from {thresholds.target}, bad beyond {thresholds.at_risk}"
            + (f", judged from {least} cases up" if least else "")
        )
    if metric.open_cases is not None:
        open_cases = to_text(metric.open_cases)
        yield f"- Immature, because it can still change, while there are {open_cases}"
    if metric.variant_of:
        yield f"- A variant of `{metric.variant_of}`"
    yield from ("", "| example | value |", "|---|---|")
    yield from (_row(metric, example) for example in metric.examples)
    yield ""


def _row(metric: Metric, example: Example) -> str:
    names = {measure.slot: to_text(measure) for measure in metric.measures()}
    totals = "; ".join(
        f"{names[slot]} {'none' if total is None else total}"
        for slot, total in example.totals.items()
    )
    value = f"none: `{example.reason}`" if example.expected is None else example.expected
    return f"| {totals} | {value} |"
