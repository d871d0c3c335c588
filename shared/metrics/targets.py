"""A month's target over other days: by their working days, the rep's working time and the ramp."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from shared.money import round_half_up
from shared.time import Period
from shared.working import WorkCalendar

_FULL = 100 * 100


class TargetPart(NamedTuple):
    """What counts of a rep's target on some days, `[start, end)`; None is open."""

    start: dt.date | None
    end: dt.date | None
    share: int
    """In ten thousandths: percent of full time times percent of the ramp."""


WHOLE = TargetPart(None, None, _FULL)


def part_of_target(
    amount: int,
    month: Period,
    period: Period,
    calendar: WorkCalendar,
    parts: Sequence[TargetPart] = (WHOLE,),
) -> int:
    """Return how much of a month's target falls to a period, each part rounded half up.

    :param amount: the full target of the whole month, in minor units or a number
    """
    of_month = calendar.days(month) or 1
    counted = 0
    for part in parts:
        start = max(month.start, period.start, part.start or month.start)
        end = min(month.end, period.end, part.end or month.end)
        if start < end:
            worked = calendar.days(Period(start, end))
            counted += round_half_up(Decimal(amount) * part.share * worked / (of_month * _FULL))
    return counted
