"""Instants, business days and periods of days."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo


def utc_now() -> dt.datetime:
    """Read the clock. Only entry points may: everything else takes the time as an argument."""
    return dt.datetime.now(dt.UTC)


def business_day(instant: dt.datetime, zone: str) -> dt.date:
    """
    Return the local day of an instant in an IANA zone.

    :raises ValueError: if the instant has no UTC offset
    :raises zoneinfo.ZoneInfoNotFoundError: if the zone does not exist
    """
    return local_time(instant, zone).date()


def local_time(instant: dt.datetime, zone: str) -> dt.datetime:
    """
    Return the instant as the clock on the wall of that zone shows it.

    :raises ValueError: if the instant has no UTC offset
    :raises zoneinfo.ZoneInfoNotFoundError: if the zone does not exist
    """
    if instant.utcoffset() is None:
        raise ValueError(f"an instant needs its UTC offset: {instant!r}")
    return instant.astimezone(ZoneInfo(zone))


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Return whether there is an IANA zone of this name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


class Grain(StrEnum):
    """The pieces in which a period may be shown as a series."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The business days from `start` up to, but not including, `end`."""

    start: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a period cannot end ({self.end}) before it starts ({self.start})")

    @classmethod
    def day(cls, day: dt.date) -> "Period":
        """Return the period of one day."""
        return cls(day, day + dt.timedelta(days=1))

    @classmethod
    def week(cls, day: dt.date) -> "Period":
        """Return the week, from Monday, that holds this day."""
        monday = day - dt.timedelta(days=day.weekday())
        return cls(monday, monday + dt.timedelta(days=7))

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        """Return a calendar month; `month` counts from 1."""
        start = dt.date(year, month, 1)
        return cls(start, add_months(start, 1))

    @classmethod
    def quarter(cls, year: int, quarter: int) -> "Period":
        """Return a calendar quarter; `quarter` counts from 1."""
        start = dt.date(year, 3 * quarter - 2, 1)
        return cls(start, add_months(start, 3))

    @classmethod
    def year(cls, year: int) -> "Period":
        """Return a calendar year."""
        return cls(dt.date(year, 1, 1), dt.date(year + 1, 1, 1))

    def __contains__(self, day: dt.date) -> bool:
        return self.start <= day < self.end

    @property
    def length_days(self) -> int:
        """Return the number of days."""
        return (self.end - self.start).days

    def days(self) -> Iterator[dt.date]:
        """Return every day, in order."""
        return (self.start + dt.timedelta(days=n) for n in range(self.length_days))

    @property
    def whole_months(self) -> int | None:
        """Return how many calendar months this is, or None where it cuts through one."""
        months = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month
        return months if months and self.start.day == self.end.day == 1 else None

    def previous(self) -> "Period":
        """
        Return the period of the same length just before.

        Calendar months are compared with calendar months: before July to September comes April
        to June, although it is a day shorter.
        """
        if self.whole_months:
            return Period(add_months(self.start, -self.whole_months), self.start)
        return Period(self.start - dt.timedelta(days=self.length_days), self.start)

    def last_year(self) -> "Period":
        """Return the same calendar days one year before."""
        return Period(add_months(self.start, -12), add_months(self.end, -12))

    @property
    def last_day(self) -> dt.date:
        """The last of its days."""
        return self.end - dt.timedelta(days=1)

    def instants(self, zone: str) -> tuple[dt.datetime, dt.datetime]:
        """Return the first moment of its first day in a zone, and of the day after its last."""
        start, end = (
            dt.datetime.combine(day, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)
            for day in (self.start, self.end)
        )
        return start, end

    def elapsed(self, today: dt.date) -> "Period":
        """Return the part up to and including today: all of a past period, none of a future one."""
        tomorrow = today + dt.timedelta(days=1)
        return Period(self.start, min(max(tomorrow, self.start), self.end))

    def first_days(self, count: int) -> "Period":
        """Return the first days of this period, at most all of them."""
        return Period(self.start, min(self.start + dt.timedelta(days=count), self.end))

    def split(self, grain: Grain) -> "list[Period]":
        """Return the days, weeks, months or quarters of this period; cut at both of its ends."""
        pieces = []
        start = self.start
        while start < self.end:
            end = min(_piece(start, grain).end, self.end)
            pieces.append(Period(start, end))
            start = end
        return pieces


def _piece(day: dt.date, grain: Grain) -> Period:
    match grain:
        case Grain.DAY:
            return Period.day(day)
        case Grain.WEEK:
            return Period.week(day)
        case Grain.MONTH:
            return Period.month(day.year, day.month)
        case Grain.QUARTER:
            return Period.quarter(day.year, (day.month + 2) // 3)


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the day this many months later; the last of the month where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    next_month = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (next_month - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))
