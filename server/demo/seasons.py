"""The year of an Indonesian distributor: Ramadan and Lebaran, days off, steady growth."""

import datetime as dt
import math
from collections.abc import Iterator

from server.calendar.operations import public_holidays
from shared.working import USUAL_WEEK

# First day of Eid al-Fitr as Indonesia celebrated or expects it.
_LEBARAN = (
    dt.date(2024, 4, 10),
    dt.date(2025, 3, 31),
    dt.date(2026, 3, 20),
    dt.date(2027, 3, 10),
    dt.date(2028, 2, 27),
    dt.date(2029, 2, 15),
    dt.date(2030, 2, 5),
)
_COUNTRY = "ID"
_LEBARAN_DAYS = range(-1, 5)
_YEARLY_GROWTH = 0.12


def is_working_day(day: dt.date) -> bool:
    """Return whether reps are on the road: in the usual working week, but not on holidays."""
    return day.isoweekday() in USUAL_WEEK.first and not _is_holiday(day)


def holidays(first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, str, bool]]:
    """Yield the holidays of these days, their names, and whether they are the company's own."""
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        if name := public_holidays(_COUNTRY, day.year).get(day):
            yield day, name, False
        elif _is_holiday(day):
            yield day, "Libur Lebaran", True


def demand(day: dt.date, *, founded_on: dt.date) -> float:
    """Return how well drinks and snacks sell, 1.0 being the day the company was made."""
    years = (day - founded_on).days / 365
    return (1 + _YEARLY_GROWTH) ** years * _festive(day) * _weekly(day) * _yearly(day)


def _is_holiday(day: dt.date) -> bool:
    around_lebaran = any((day - lebaran).days in _LEBARAN_DAYS for lebaran in _LEBARAN)
    return around_lebaran or day in public_holidays(_COUNTRY, day.year)


def _festive(day: dt.date) -> float:
    for lebaran in _LEBARAN:
        days_before = (lebaran - day).days
        if 0 < days_before <= 30:  # shops stock up through Ramadan
            return 1 + 0.55 * (31 - days_before) / 30
        if -18 < days_before <= 0:  # and are full afterwards
            return 0.72
    return 1.0


def _weekly(day: dt.date) -> float:
    return (1.08, 1.0, 0.97, 0.98, 1.06, 0.9, 0.5)[day.weekday()]


def _yearly(day: dt.date) -> float:
    # Cold drinks sell best in the dry season, around September.
    return 1 + 0.05 * math.cos(2 * math.pi * (day.timetuple().tm_yday - 255) / 365)
