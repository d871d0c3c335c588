"""The day from first to last call, rep by rep, as bars on one scale of hours."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import url_for

from server.metrics.pages.view import View
from server.metrics.sql.hours import Hours, read_hours
from server.teams.queries import team_with_descendants
from server.web.languages import current_language
from server.web.quantities import short
from shared.metrics.formula import Unit

MOST_REPS = 100
_HOUR_S = 3600
_MOST_TICKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A rep's day; places in per cent of the scale."""

    name: str
    href: str
    first: str
    last: str
    """Empty while no call is finished."""
    calls: int
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHours:
    """The bars, and the hours of their scale with their places in per cent."""

    day: dt.date
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[str, float], ...]
    is_cut: bool
    """Whether there are more reps than are shown."""


def call_hours(view: View) -> CallHours | None:
    """Return the last day of the period, as far as it has come; None where nobody made a call."""
    if view.customer_class is not None:  # the hours of a day are those of all its calls
        return None
    day = min(view.chosen.last_day, view.today)
    found = read_hours(
        access=view.access,
        day=day,
        rep_id=view.rep_id or None,
        team_ids=team_with_descendants(view.team_id) if view.team_id else None,
        most=MOST_REPS + 1,
    )
    return _drawn(found, day) if found else None


def _drawn(found: Sequence[Hours], day: dt.date) -> CallHours:
    start = min(each.first_s for each in found) // _HOUR_S
    end = -(-max(each.last_s or each.first_s + 1 for each in found) // _HOUR_S)
    end = max(end, start + 1)
    scale = (end - start) * _HOUR_S

    def place(clock_s: float) -> float:
        return round(100 * (clock_s - start * _HOUR_S) / scale, 2)

    step = -(-(end - start) // _MOST_TICKS)
    return CallHours(
        day=day,
        bars=tuple(
            Bar(
                name=each.rep_name,
                href=url_for("tracking_pages.show", rep_id=each.rep_id, day=day.isoformat()),
                first=_clock(each.first_s),
                last=_clock(each.last_s) if each.last_s is not None else "",
                calls=each.calls,
                x=place(each.first_s),
                width=max(0.0, round(place(each.last_s or each.first_s) - place(each.first_s), 2)),
            )
            for each in found[:MOST_REPS]
        ),
        ticks=tuple(
            (_clock(hour * _HOUR_S), place(hour * _HOUR_S)) for hour in range(start, end, step)
        ),
        is_cut=len(found) > MOST_REPS,
    )


def _clock(clock_s: int) -> str:
    return short(Decimal(clock_s), Unit.CLOCK, "", language=current_language())
