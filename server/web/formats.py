"""Numbers, money, days and times as the reader's language writes them.

Every function takes the language (`en` or `id`) as its last argument; the Jinja filters of
`server/web/site.py` fill it in. Short forms keep three digits and the trade's own words: rb, jt,
M, T.

What Babel makes of days and short numbers is kept: it reads its patterns anew each time, and the
same days stand on a page again and again.
"""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import (
    format_date,
    format_interval,
    format_skeleton,
    format_timedelta,
    get_day_names,
)
from babel.numbers import format_compact_decimal, get_currency_name, get_currency_symbol

from shared.i18n import best_language
from shared.money import currency_exponent, to_major

NOTHING = "–"
"""Shown where there is no value; the reason stands beside it."""

NO_BREAK_SPACE = "\xa0"

Number: TypeAlias = Decimal | float | int

# English as written outside America: the day first, 24 hours.
_LOCALES = {"en": Locale("en", "GB"), "id": Locale("id")}
_SYMBOLS = {"IDR": "Rp"}
_MOST_KEPT = 4096
_INDONESIAN = str.maketrans(",.", ".,")


def locale_of(language: str) -> Locale:
    """Return the locale that numbers and days of this language follow."""
    return _LOCALES[best_language(language)]


def number(value: Number | None, decimals: int = 0, *, language: str) -> str:
    """Return a number with exactly so many decimals and grouped thousands; never minus nought."""
    if value is None:
        return NOTHING
    # Thousands of numbers stand on a page of tables; Babel reads its pattern anew for each.
    text = f"{value if isinstance(value, Decimal) else Decimal(str(value)):z,.{decimals}f}"
    return text.translate(_INDONESIAN) if best_language(language) == "id" else text


def exact_number(text: str, *, language: str) -> str:
    """Return a decimal number with all of its digits, and at least two decimals."""
    decimals = max(2, len(text.partition(".")[2]))
    return number(Decimal(text), decimals, language=language)


def short_number(value: Number | None, *, language: str) -> str:
    """Return a number in three digits: 12,5 rb in Indonesian, 12.5K in English."""
    if value is None:
        return NOTHING
    return _compact(Decimal(str(value)), language)


def percent(value: Number | None, decimals: int = 1, *, language: str) -> str:
    """Return a share (0.75) as per cent: 75,0% in Indonesian, 75.0% in English."""
    if value is None:
        return NOTHING
    # Neither language puts a space before the sign.
    return number(Decimal(str(value)) * 100, decimals, language=language) + "%"


def money(amount_minor: Number | None, currency: str, *, language: str) -> str:
    """Return an amount in minor units in full: Rp 1.250.000.000.

    Rupiah are shown whole: nobody has paid in sen for decades.
    """
    if amount_minor is None:
        return NOTHING
    decimals = 0 if currency == "IDR" else currency_exponent(currency)
    major = _major(amount_minor, currency)
    return _signed(major, currency, number(abs(major), decimals, language=language), language)


def short_money(amount_minor: Number | None, currency: str, *, language: str) -> str:
    """Return an amount in minor units in three digits: Rp 1,25 M in Indonesian."""
    if amount_minor is None:
        return NOTHING
    major = _major(amount_minor, currency)
    return _signed(major, currency, _compact(abs(major), language), language)


@lru_cache(maxsize=_MOST_KEPT)
def currency_symbol(currency: str, *, language: str) -> str:
    """Return Rp, US$, € and so on."""
    return _SYMBOLS.get(currency) or str(get_currency_symbol(currency, locale_of(language)))


def currency_name(currency: str, *, language: str) -> str:
    """Return a currency by code and name: USD · US Dollar."""
    return f"{currency} · {get_currency_name(currency, locale=locale_of(language))}"


@lru_cache(maxsize=_MOST_KEPT)
def day(value: dt.date | None, *, language: str) -> str:
    """Return 23 Nov 2026."""
    if value is None:
        return NOTHING
    return str(format_date(value, "medium", locale=locale_of(language)))


@lru_cache(maxsize=_MOST_KEPT)
def short_day(value: dt.date | None, *, language: str) -> str:
    """Return 23 Nov."""
    if value is None:
        return NOTHING
    return str(format_skeleton("MMMd", value, locale=locale_of(language)))


@lru_cache(maxsize=_MOST_KEPT)
def month(value: dt.date, *, language: str) -> str:
    """Return November 2026."""
    return str(format_skeleton("yMMMM", value, locale=locale_of(language)))


@lru_cache(maxsize=_MOST_KEPT)
def weekdays(*, language: str) -> list[tuple[int, str]]:
    """Return the number, Monday being 1, and the short name of each day of the week."""
    names = get_day_names("abbreviated", locale=locale_of(language))
    return [(number + 1, names[number]) for number in range(7)]


def weekdays_of(numbers: Collection[int], *, language: str) -> str:
    """Return the short names of some days of the week, as in Mon, Tue."""
    return ", ".join(name for number, name in weekdays(language=language) if number in numbers)


def weekday(value: dt.date, *, language: str) -> str:
    """Return Monday, 23 November 2026."""
    return str(format_date(value, "full", locale=locale_of(language)))


@lru_cache(maxsize=_MOST_KEPT)
def days(start: dt.date, end: dt.date, *, language: str) -> str:
    """Return the period `[start, end)`, for people who count its last day: 1 to 30 Nov 2026."""
    last = end - dt.timedelta(days=1)
    if last <= start:
        return day(start, language=language)
    return str(format_interval(start, last, "yMMMd", locale=locale_of(language)))


def clock(instant: dt.datetime | None, zone: str, *, language: str) -> str:
    """Return the local time of day: 09.05 in Indonesian, 09:05 in English."""
    if instant is None:
        return NOTHING
    separator = "." if best_language(language) == "id" else ":"
    return instant.astimezone(ZoneInfo(zone)).strftime(f"%H{separator}%M")


def day_and_clock(instant: dt.datetime | None, zone: str, *, language: str) -> str:
    """Return 23 Nov 2026, 09:05."""
    if instant is None:
        return NOTHING
    local_day = instant.astimezone(ZoneInfo(zone)).date()
    return f"{day(local_day, language=language)}, {clock(instant, zone, language=language)}"


def ago(instant: dt.datetime, now: dt.datetime, *, language: str) -> str:
    """Return 3 minutes ago, 3 menit yang lalu."""
    return str(
        format_timedelta(
            min(instant - now, dt.timedelta(0)), add_direction=True, locale=locale_of(language)
        )
    )


def duration(seconds: Number | None, *, language: str) -> str:
    """Return 25 min, or 1 h 05 min."""
    if seconds is None:
        return NOTHING
    hour, minute = ("j", "mnt") if best_language(language) == "id" else ("h", "min")
    hours, minutes = divmod(round(float(seconds) / 60), 60)
    if hours:
        return f"{hours} {hour} {minutes:02d} {minute}".replace(" ", NO_BREAK_SPACE)
    return f"{minutes}{NO_BREAK_SPACE}{minute}"


def distance(metres: Number | None, *, language: str) -> str:
    """Return 18 m, or 1.2 km from a kilometre up."""
    if metres is None:
        return NOTHING
    if metres < 1000:
        return f"{number(metres, language=language)}{NO_BREAK_SPACE}m"
    return f"{number(float(metres) / 1000, 1, language=language)}{NO_BREAK_SPACE}km"


def _major(amount_minor: Number, currency: str) -> Decimal:
    if isinstance(amount_minor, int):
        return to_major(amount_minor, currency)
    return Decimal(str(amount_minor)) * to_major(1, currency)


def _signed(value: Decimal, currency: str, digits: str, language: str) -> str:
    symbol = currency_symbol(currency, language=language)
    gap = NO_BREAK_SPACE if symbol[-1].isalpha() else ""
    return f"{'-' if value < 0 else ''}{symbol}{gap}{digits}"


@lru_cache(maxsize=_MOST_KEPT)
def _compact(value: Decimal, language: str) -> str:
    size = abs(value)
    if size < 1000:
        whole = size == size.to_integral_value()
        return number(value, 0 if whole or size >= 100 else 1, language=language)
    # How many digits stand before the point once thousands are cut off in threes.
    leading = (size.adjusted() % 3) + 1
    return str(
        format_compact_decimal(value, locale=locale_of(language), fraction_digits=3 - leading)
    )
