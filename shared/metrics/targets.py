"""A month's target over other days: by their working days."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal

from shared.money import round_half_up
from shared.time import Period, working_days


def part_of_target(
    amount: int, month: Period, period: Period, holidays: Collection[dt.date]
) -> int:
    """Return how much of a month's target falls to a period, rounded half up.

    :param amount: the target of the whole month, in minor units or a number
    """
    start, end = max(month.start, period.start), min(month.end, period.end)
    if start >= end:
        return 0
    worked = working_days(Period(start, end), holidays)
    of_month = working_days(month, holidays) or 1
    return round_half_up(Decimal(amount) * worked / of_month)
