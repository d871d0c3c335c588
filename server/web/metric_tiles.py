"""Tiles from metrics: value, target, change, sparkline, and the explanation behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext

from server.web import formats
from server.web.catalogue import description_of
from server.web.components import (
    Change,
    Explanation,
    Fraction,
    TargetBar,
    Tile,
    sparkline,
)
from server.web.quantities import full, short, short_of, unit_word
from shared.metrics.catalog import METRICS
from shared.metrics.definition import NULL_REASONS, Direction, Metric, MetricValue, Status
from shared.metrics.formula import Formula, Operation, Unit, caps_in, measures_in, to_text
from shared.time import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A metric as it was read for a period."""

    metric: Metric
    value: MetricValue
    previous: MetricValue
    difference: Decimal | None
    change: Decimal | None
    """Share by which it changed; None where there was nothing before."""
    series: Sequence[Decimal | None] = ()
    rows_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a number is measured against, in its unit."""

    unit: Unit
    attainment: MetricValue
    pace: MetricValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all tiles of a page have in common."""

    currency: str
    language: str
    as_of: str
    compared_with: Period


def metric_tile(reading: Reading, setting: Setting, *, target: Target | None = None) -> Tile:
    """Return the tile of one metric."""
    metric, value = reading.metric, reading.value
    return Tile(
        key=metric.key,
        name=gettext(metric.name),
        value=_short(metric, value.value, setting),
        full=_full(metric, value.value, setting),
        unit=unit_word(metric.unit),
        raw=value.value,
        missing=gettext(NULL_REASONS[value.reason]) if value.reason else "",
        chip=_pace_chip(target) if target else _chip(metric, value, setting),
        target=_target_bar(target, setting) if target else _own_target(metric, value, setting),
        change=_change(reading, setting),
        sparkline=sparkline(reading.series, label=gettext("Course over the period")),
        explanation=_explanation(reading, setting),
    )


def _short(metric: Metric, value: Decimal | None, setting: Setting) -> str:
    return short_of(metric, value, setting.currency, language=setting.language)


def _full(metric: Metric, value: Decimal | None, setting: Setting) -> str:
    return full(value, metric.unit, setting.currency, language=setting.language)


def _chip(metric: Metric, value: MetricValue, setting: Setting) -> tuple[str, str] | None:
    """Return tone and word of what is not as it should be."""
    status = metric.status(value)
    limit = metric.thresholds.at_risk
    if status is Status.BAD and limit is not None:
        text = _limit(metric, limit, setting)
        if metric.direction is Direction.LOWER_IS_BETTER:
            return "bad", gettext("Above %(limit)s", limit=text)
        return "bad", gettext("Below %(limit)s", limit=text)
    if status is Status.AT_RISK:
        return "warn", gettext("Short of the target")
    if value.immature:
        return "info", gettext("Can still change")
    if value.capped:
        return "info", gettext("At its limit")
    return None


def _pace_chip(target: Target) -> tuple[str, str] | None:
    """Return the warning of a target; in a running period its pace tells, not its part so far."""
    match METRICS["target_pace"].status(target.pace):
        case Status.BAD:
            return "bad", gettext("Far behind the target")
        case Status.AT_RISK:
            return "warn", gettext("Behind the target")
    return None


def _own_target(metric: Metric, value: MetricValue, setting: Setting) -> TargetBar | None:
    """Return the bar of a target that the definition itself names."""
    goal = metric.thresholds.target
    if goal is None or goal <= 0 or value.value is None or value.value < 0:
        return None
    if metric.direction is not Direction.HIGHER_IS_BETTER:
        return None
    return TargetBar(
        reached=float(value.value / goal),
        due=None,
        tone=_tone(metric.status(value)),
        text=gettext("Target %(target)s", target=_limit(metric, goal, setting)),
    )


def _limit(metric: Metric, limit: Decimal, setting: Setting) -> str:
    """Return a limit without decimals it does not have: 15%, not 15.0%."""
    if metric.unit is Unit.PERCENT:
        decimals = 0 if (limit * 100) == (limit * 100).to_integral_value() else 1
        return formats.percent(limit, decimals, language=setting.language)
    return _short(metric, limit, setting)


def _target_bar(target: Target, setting: Setting) -> TargetBar | None:
    reached, pace = target.attainment.value, target.pace.value
    goal = target.attainment.denominator
    if reached is None or goal is None:
        return None
    due = None
    pace_text = ""
    if pace and pace > reached:
        # Reached by now ÷ reached at the end = the part of the working days that is over.
        due = float(reached / pace)
        pace_text = gettext(
            "pace %(pace)s", pace=formats.percent(pace, 0, language=setting.language)
        )
    return TargetBar(
        reached=float(reached),
        due=due,
        tone=_tone(METRICS["target_pace"].status(target.pace)),
        text=gettext(
            "%(share)s of %(target)s",
            share=formats.percent(reached, 0, language=setting.language),
            target=short(goal, target.unit, setting.currency, language=setting.language),
        ),
        pace=pace_text,
    )


def _tone(status: Status | None) -> str:
    return {Status.BAD: "bad", Status.AT_RISK: "warn"}.get(status or Status.GOOD, "good")


def _change(reading: Reading, setting: Setting) -> Change | None:
    metric, difference = reading.metric, reading.difference
    against = gettext(
        "vs. %(period)s",
        period=formats.days(
            setting.compared_with.start, setting.compared_with.end, language=setting.language
        ),
    )
    if difference is None or metric.compares:
        return None
    size = _size(reading, abs(difference), setting)
    if not difference or not any(digit in size for digit in "123456789"):
        return Change(arrow="equal", tone="unknown", text=gettext("Unchanged"), against=against)
    rises = difference > 0
    better = rises == (metric.direction is Direction.HIGHER_IS_BETTER)
    neutral = metric.direction is Direction.NEUTRAL
    return Change(
        arrow="up" if rises else "down",
        tone="unknown" if neutral else "good" if better else "bad",
        text=gettext("%(size)s up", size=size) if rises else gettext("%(size)s down", size=size),
        against=against,
    )


def _size(reading: Reading, difference: Decimal, setting: Setting) -> str:
    """Return how large a change is: shares in points, everything else in per cent."""
    if reading.metric.unit is Unit.PERCENT:
        points = formats.number(difference * 100, 1, language=setting.language)
        return gettext("%(points)s points", points=points)
    if reading.metric.unit is Unit.CLOCK:
        return formats.duration(difference, language=setting.language)
    if reading.change is not None:
        return formats.percent(abs(reading.change), language=setting.language)
    return _short(reading.metric, difference, setting)


def _explanation(reading: Reading, setting: Setting) -> Explanation:
    metric, value = reading.metric, reading.value
    numerator = denominator = None
    match metric.formula:
        case Operation(operator="/", left=left, right=right):
            numerator = _side(left, value.numerator, setting)
            denominator = _side(right, value.denominator, setting)
    return Explanation(
        description=_description(reading),
        formula=to_text(metric.formula, gettext),
        version=metric.version,
        as_of=setting.as_of,
        numerator=numerator,
        denominator=denominator,
        rows_url=reading.rows_url,
    )


def _description(reading: Reading) -> str:
    text = description_of(reading.metric)
    if not reading.value.capped:
        return text
    limits = ", ".join(to_text(cap.right) for cap in caps_in(reading.metric.formula))
    return text + " " + gettext("Here a part of it reaches the limit of %(limit)s.", limit=limits)


def _side(formula: Formula, value: Decimal | None, setting: Setting) -> Fraction:
    units = {measure.unit for measure in measures_in(formula)}
    unit = units.pop() if len(units) == 1 else Unit.COUNT
    return Fraction(
        label=to_text(formula, gettext),
        value=full(value, unit, setting.currency, language=setting.language),
    )
