"""The choice of a period in a filter bar: presets by name, or two days given by hand."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from shared.i18n import N_
from shared.time import Period, add_months

PRESETS = {
    "today": N_("Today"),
    "yesterday": N_("Yesterday"),
    "week": N_("This week"),
    "last_week": N_("Last week"),
    "month": N_("This month"),
    "last_month": N_("Last month"),
    "quarter": N_("This quarter"),
    "year": N_("This year"),
    "all": N_("All time"),
    "custom": N_("From … to …"),
}
DEFAULT_PRESET = "month"
FIRST_DAY, LAST_DAY = dt.date(1970, 1, 1), dt.date(2099, 12, 31)
"""Of a period given by hand: what a page compares it with lies in the calendar, too."""


@dataclass(frozen=True, kw_only=True)
class PeriodChoice:
    """What the filter bar shows and the queries use."""

    preset: str
    period: Period
    problem: str = ""
    """Why the wish was not followed; English source text."""

    @property
    def last_day(self) -> dt.date:
        """The last day that belongs to it, as people count."""
        return self.period.end - dt.timedelta(days=1)

    def arguments(self) -> dict[str, str]:
        """Return the URL arguments that lead back to this choice."""
        if self.preset != "custom":
            return {"period": self.preset}
        start, last = self.period.start.isoformat(), self.last_day.isoformat()
        return {"period": "custom", "from": start, "to": last}


def read_period(
    arguments: Mapping[str, str],
    *,
    today: dt.date,
    first_day: dt.date,
    default: str = DEFAULT_PRESET,
) -> PeriodChoice:
    """Return the period a URL asks for; the default one, with the problem, if it makes no sense.

    :param first_day: the day of the first fact, where "all time" starts
    """
    preset = arguments.get("period") or default
    if preset == "custom" or ("from" in arguments and "period" not in arguments):
        return _custom(arguments, today=today, default=default, first_day=first_day)
    if preset not in PRESETS:
        preset = default
    return PeriodChoice(preset=preset, period=_preset(preset, today, first_day))


def _custom(
    arguments: Mapping[str, str], *, today: dt.date, default: str, first_day: dt.date
) -> PeriodChoice:
    fallback = _preset(default, today, first_day)
    try:
        start = dt.date.fromisoformat(arguments.get("from") or fallback.start.isoformat())
        last = dt.date.fromisoformat(arguments.get("to") or today.isoformat())
        period: Period | None = Period(start, last + dt.timedelta(days=1))
    except (ValueError, OverflowError):
        period = None
    if period is None or period.start < FIRST_DAY or period.last_day > LAST_DAY:
        return PeriodChoice(
            preset=default,
            period=fallback,
            problem=N_("These two days are no period; the usual one is shown."),
        )
    return PeriodChoice(preset="custom", period=period)


def _preset(preset: str, today: dt.date, first_day: dt.date) -> Period:
    tomorrow = today + dt.timedelta(days=1)
    last_month = add_months(today.replace(day=1), -1)
    return {
        "today": Period.day(today),
        "yesterday": Period.day(today - dt.timedelta(days=1)),
        "week": Period.week(today),
        "last_week": Period.week(today - dt.timedelta(weeks=1)),
        "month": Period.month(today.year, today.month),
        "last_month": Period.month(last_month.year, last_month.month),
        "quarter": Period.quarter(today.year, (today.month + 2) // 3),
        "year": Period.year(today.year),
        "all": Period(min(first_day, today), tomorrow),
    }[preset]
