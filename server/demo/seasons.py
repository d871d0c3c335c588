"""The year of an Indonesian distributor: Ramadan and Lebaran, days off, steady growth."""

import datetime as dt
import math
from collections.abc import Iterator

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
_FIXED_HOLIDAYS = {
    (1, 1): "Tahun Baru",
    (5, 1): "Hari Buruh",
    (6, 1): "Hari Lahir Pancasila",
    (8, 17): "Hari Kemerdekaan",
    (12, 25): "Hari Natal",
}
_LEBARAN_DAYS = range(-1, 5)
_YEARLY_GROWTH = 0.12


def is_working_day(day: dt.date) -> bool:
    """Return whether reps are on the road: Monday to Saturday, but not on the great holidays."""
    return day.weekday() != 6 and _holiday(day) is None


def holidays(first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, str]]:
    """Yield the public holidays of these days with their names."""
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        if name := _holiday(day):
            yield day, name


def demand(day: dt.date, *, founded_on: dt.date) -> float:
    """Return how well drinks and snacks sell, 1.0 being the day the company was made."""
    years = (day - founded_on).days / 365
    return (1 + _YEARLY_GROWTH) ** years * _festive(day) * _weekly(day) * _yearly(day)


def _holiday(day: dt.date) -> str | None:
    if any((day - lebaran).days in _LEBARAN_DAYS for lebaran in _LEBARAN):
        return "Libur Lebaran"
    return _FIXED_HOLIDAYS.get((day.month, day.day))


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
