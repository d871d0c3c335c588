"""Numbers, money, distances, times and days the way a rep reads them in the chosen language."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from mobile.services.views import Amount
from shared.i18n import N_, _, current_language, ngettext
from shared.metrics.formula import Unit
from shared.money import currency_exponent, to_major, to_minor
from shared.time import local_time

_WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
_MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
_SYMBOLS = {"IDR": "Rp"}
# Thousand, million and so on, as readers of each language write them.
_SHORT = {
    "id": ((12, "T"), (9, "M"), (6, "jt"), (3, "rb")),
    "en": ((12, "tn"), (9, "bn"), (6, "m"), (3, "k")),
}


def number(value: Decimal | float, decimals: int = 0) -> str:
    """Return a number with the language's separators: 1.250,5 in Indonesian, 1,250.5 in English."""
    text = f"{value:z,.{decimals}f}"
    if current_language() == "id":
        return text.translate(str.maketrans(",.", ".,"))
    return text


def money(amount_minor: int, currency: str) -> str:
    """Return an amount in full; sen are left out where there are none."""
    amount = to_major(amount_minor, currency)
    decimals = 0 if amount == amount.to_integral_value() else currency_exponent(currency)
    return f"{_SYMBOLS.get(currency, currency)} {number(amount, decimals)}"


def amounts(found: Iterable[Amount]) -> str:
    """Return amounts of several currencies in a few digits, as Rp 1.25m + USD 120."""
    return " + ".join(short_money(each.minor, each.currency) for each in found)


def no_price(currency: str) -> str:
    """Return that the price list names no price in a currency."""
    return _("No price in %(currency)s", currency=currency)


def short_money(amount_minor: int, currency: str) -> str:
    """Return an amount in three or four digits, as Rp 1,25 jt."""
    amount = to_major(amount_minor, currency)
    symbol = _SYMBOLS.get(currency, currency)
    for power, word in _SHORT[current_language()]:
        scaled = amount.scaleb(-power)
        if abs(scaled) >= 1:
            decimals = 2 if abs(scaled) < 10 else 1 if abs(scaled) < 100 else 0
            text = number(scaled, decimals)
            separator = "," if current_language() == "id" else "."
            if separator in text:
                text = text.rstrip("0").rstrip(separator)
            return (
                f"{symbol} {text} {word}"
                if current_language() == "id"
                else f"{symbol} {text}{word}"
            )
    return f"{symbol} {number(amount)}"


NONE = "–"
"""In place of a number that there is not."""


def metric(value: Decimal | None, unit: Unit, currency: str) -> str:
    """Return a metric's value in its unit: 75%, Rp 1.25m, 12, 3.5, 15 min, 08:15."""
    if value is None:
        return NONE
    if unit is Unit.MONEY:
        return short_money(to_minor(value, currency), currency)
    if unit is Unit.PERCENT:
        return percent(value)
    if unit is Unit.CLOCK:
        hours, minutes = divmod(int(value) // 60, 60)
        return f"{hours:02}{'.' if current_language() == 'id' else ':'}{minutes:02}"
    is_whole = value == value.to_integral_value()
    text = number(value, 0 if is_whole or value >= 100 else 1)
    return _("%(count)s min", count=text) if unit is Unit.MINUTES else text


def percent(share: Decimal) -> str:
    """Return a share (0.75) as per cent, as 75%; neither language puts a space before the sign."""
    return f"{number(share * 100)}%"


def plain(value: Decimal) -> str:
    """Return a number in full, with at most two decimals."""
    is_whole = value == value.to_integral_value()
    return number(value, 0 if is_whole else 2)


def distance(metres: float) -> str:
    """Return a distance: metres below a kilometre, then kilometres."""
    if metres < 950:
        return f"{number(round(metres))} m"
    return f"{number(metres / 1000, 1 if metres < 99_500 else 0)} km"


def file_size(size_bytes: int) -> str:
    """Return a size as 240 kB or 1.2 MB."""
    if size_bytes < 1_000_000:
        return f"{number(-(-size_bytes // 1000))} kB"
    return f"{number(size_bytes / 1_000_000, 1)} MB"


def clock_time(at: datetime, zone: str) -> str:
    """Return the time of day as 09:41, or 09.41 in Indonesian."""
    return local_time(at, zone).strftime("%H.%M" if current_language() == "id" else "%H:%M")


def day_name(day: date) -> str:
    """Return the day as Monday, 23 November."""
    return f"{_(_WEEKDAYS[day.weekday()])}, {day.day} {_(_MONTHS[day.month - 1])}"


def short_day(day: date, today: date) -> str:
    """Return the day as Today, Tomorrow, Yesterday, or Mon 23 Nov; the year where it is another."""
    words = {0: _("Today"), 1: _("Tomorrow"), -1: _("Yesterday")}.get((day - today).days)
    if words:
        return words
    year = f" {day.year}" if day.year != today.year else ""
    return f"{_(_WEEKDAYS[day.weekday()])}, {day.day} {_(_MONTHS[day.month - 1])}{year}"


def month_name(day: date) -> str:
    """Return the month as November 2026."""
    return f"{_(_MONTHS[day.month - 1])} {day.year}"


def read_money(text: str, currency: str) -> int | None:
    """Return an amount as the rep wrote it, in minor units; None where it is none.

    Points and commas are read as the language writes them: 1.250,50 or 1,250.50.
    """
    thousands, point = (".", ",") if current_language() == "id" else (",", ".")
    digits = text.strip().removeprefix(_SYMBOLS.get(currency, currency)).strip()
    plain = digits.replace(" ", "").replace(thousands, "").replace(point, ".")
    if not re.fullmatch(r"\d{1,18}(\.\d+)?", plain, re.ASCII):
        return None
    return to_minor(Decimal(plain), currency)


def read_number(text: str) -> Decimal | None:
    """Return a number as the rep wrote it, with the language's separators; None where it is none.

    At most 12 digits before the point and 6 behind it.
    """
    thousands, point = (".", ",") if current_language() == "id" else (",", ".")
    plain = text.strip().replace(" ", "").replace(thousands, "").replace(point, ".")
    is_number = re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", plain, re.ASCII)
    return Decimal(plain) if is_number else None


def plain_money(amount_minor: int, currency: str) -> str:
    """Return an amount to be edited: without the currency's sign."""
    return money(amount_minor, currency).removeprefix(_SYMBOLS.get(currency, currency)).strip()


def day_and_time(at: datetime, zone: str, today: date) -> str:
    """Return when something was: the time today, otherwise the day with it."""
    local = local_time(at, zone)
    if local.date() == today:
        return clock_time(at, zone)
    year = f" {local.year}" if local.year != today.year else ""
    return f"{local.day} {_(_MONTHS[local.month - 1])}{year}, {clock_time(at, zone)}"


def running(passed: timedelta) -> str:
    """Return a running time as 0:12:40."""
    seconds = max(0, int(passed.total_seconds()))
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def how_long(passed: timedelta) -> str:
    """Return a duration in its largest unit: 3 hours."""
    minutes = max(0, int(passed.total_seconds() // 60))
    if minutes == 0:
        return _("less than a minute")
    if minutes < 60:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes)
    if minutes < 48 * 60:
        return ngettext("%(count)s hour", "%(count)s hours", minutes // 60)
    return ngettext("%(count)s day", "%(count)s days", minutes // 1440)
