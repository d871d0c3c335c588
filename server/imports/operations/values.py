"""Turning the texts of a file into values, or saying by a code why that cannot be."""

import datetime as dt
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from server.currencies.operations.freezing import known_currencies
from shared.money import to_minor

EARLIEST_DAY = dt.date(1900, 1, 1)
LATEST_DAY = dt.date(2100, 1, 1)
MAX_MINOR = 2**53
MAX_QUANTITY = 1_000_000

# What a spreadsheet runs as a formula (OWASP, CSV injection).
_FORMULA = re.compile(r"[=+\-@]")
_PHONE = re.compile(r"[-+0-9()./ ,;x#*]*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_TRUE = frozenset({"1", "true", "yes", "y", "ya", "t"})
_FALSE = frozenset({"0", "false", "no", "n", "tidak", "f"})


KEEP: Final = object()
"""Of a field: an empty cell leaves what is there."""


class BadValueError(Exception):
    """A text that is no value of its field; `code` is a key of `reasons.REASONS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Formats:
    """How this file writes days and numbers."""

    currency: str
    day_formats: list[str] | tuple[str, ...] = ("%Y-%m-%d",)
    decimal: str = "."
    thousands: str = ""


Parse = Callable[[str, Formats], Any]


@dataclass(frozen=True)
class Field:
    """A field a mapping may name."""

    parse: Parse
    required: bool = False
    empty: Any = ""
    """What an empty cell means."""

    def read(self, text: str, formats: Formats) -> Any:
        """Return the value of a text.

        :raises BadValueError: if it is none of this field
        """
        if not text:
            raise BadValueError("required")
        return self.parse(text, formats)


def text(longest: int) -> Parse:
    """Return a parser of one-line texts, which refuses formulas."""

    def parse(raw: str, _formats: Formats) -> str:
        _refuse_control_characters(raw)
        if _FORMULA.match(raw):
            raise BadValueError("formula")
        return _not_longer(raw, longest)

    return parse


def long_text(longest: int) -> Parse:
    """Return a parser of texts with line breaks, which refuses formulas."""

    def parse(raw: str, _formats: Formats) -> str:
        plain = raw.replace("\r\n", "\n")
        _refuse_control_characters(plain.replace("\n", " ").replace("\t", " "))
        if _FORMULA.match(plain):
            raise BadValueError("formula")
        return _not_longer(plain, longest)

    return parse


def phone(raw: str, _formats: Formats) -> str:
    """Return a telephone number; it may begin with a plus, which other texts may not."""
    if not _PHONE.fullmatch(raw):
        raise BadValueError("not_a_phone")
    return _not_longer(raw, 40)


def email(raw: str, _formats: Formats) -> str:
    """Return an e-mail address."""
    if _FORMULA.match(raw) or not _EMAIL.fullmatch(raw):
        raise BadValueError("not_an_email")
    return _not_longer(raw, 200)


def day(raw: str, formats: Formats) -> dt.date:
    """Return a day; a time of day behind it is cut off only where the format names it."""
    for pattern in formats.day_formats:
        try:
            found = dt.datetime.strptime(raw, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if not EARLIEST_DAY <= found < LATEST_DAY:
            raise BadValueError("day_out_of_range")
        return found
    raise BadValueError("not_a_day")


def mapping_day(raw: str, _formats: Formats) -> dt.date:
    """Return a day that stands in the mapping itself, in ISO form."""
    try:
        return dt.date.fromisoformat(raw)
    except ValueError as error:
        raise BadValueError("not_a_day") from error


def money(raw: str, formats: Formats) -> int:
    """Return an amount in minor units, rounded half-up once, here."""
    amount_minor = to_minor(number(raw, formats), formats.currency)
    _check_range(amount_minor, 0, MAX_MINOR)
    return amount_minor


def money_in(currency: str) -> Parse:
    """Return a parser of amounts in minor units of this currency."""

    def parse(raw: str, formats: Formats) -> int:
        return money(raw, replace(formats, currency=currency))

    return parse


def currency(raw: str, _formats: Formats) -> str:
    """Return the code of a currency."""
    code = raw.upper()
    if code not in known_currencies():
        raise BadValueError("unknown_currency")
    return code


def amount(raw: str, formats: Formats) -> Decimal:
    """Return a number of at least 0 whose unit another field tells."""
    value = number(raw, formats)
    _check_range(value, 0, MAX_MINOR // 1_000)
    return value


def number(raw: str, formats: Formats) -> Decimal:
    """Return a decimal number as the file writes them; no exponents, no infinity."""
    plain = raw
    if formats.thousands and formats.thousands in raw:
        mark = re.escape(formats.thousands)
        # A mark anywhere else would be a decimal one in a file with other habits: 1,5 is not 15.
        grouped = rf"[+-]?\d{{1,3}}({mark}\d{{3}})+({re.escape(formats.decimal)}\d*)?"
        if not re.fullmatch(grouped, raw):
            raise BadValueError("not_a_number")
        plain = raw.replace(formats.thousands, "")
    if formats.decimal != ".":
        if "." in plain:
            raise BadValueError("not_a_number")
        plain = plain.replace(formats.decimal, ".")
    if len(plain) > 40:
        raise BadValueError("too_large")
    if not _PLAIN_NUMBER.fullmatch(plain):
        raise BadValueError("not_a_number")
    return Decimal(plain)


def quantity(raw: str, formats: Formats) -> int:
    """Return a whole number of pieces, at least one."""
    value = number(raw, formats)
    if value != value.to_integral_value():
        raise BadValueError("not_whole")
    _check_range(value, 1, MAX_QUANTITY)
    return int(value)


def whole(smallest: int, largest: int) -> Parse:
    """Return a parser of whole numbers."""

    def parse(raw: str, formats: Formats) -> int:
        value = number(raw, formats)
        if value != value.to_integral_value():
            raise BadValueError("not_whole")
        _check_range(value, smallest, largest)
        return int(value)

    return parse


def rate(raw: str, formats: Formats) -> Decimal:
    """Return a share between 0 and 1; `15 %` is read as 0.15."""
    percent = raw.endswith("%")
    value = number(raw.removesuffix("%").strip(), formats)
    value = value / 100 if percent else value
    _check_range(value, 0, 1)
    return value


def degrees(limit: int) -> Parse:
    """Return a parser of latitudes (90) or longitudes (180)."""

    def parse(raw: str, formats: Formats) -> float:
        value = number(raw, formats)
        _check_range(value, -limit, limit)
        return float(value)

    return parse


def truth(raw: str, _formats: Formats) -> bool:
    """Return a yes or no, in English or Indonesian."""
    word = raw.lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadValueError("not_yes_or_no")


def one_of(words: type[StrEnum]) -> Parse:
    """Return a parser of a closed list of words."""

    def parse(raw: str, _formats: Formats) -> StrEnum:
        try:
            return words(raw)
        except ValueError as error:
            raise BadValueError("not_in_list") from error

    return parse


def choice(words: Collection[str]) -> Parse:
    """Return a parser of a closed list that is no enumeration."""

    def parse(raw: str, _formats: Formats) -> str:
        if raw not in words:
            raise BadValueError("not_in_list")
        return raw

    return parse


def _refuse_control_characters(raw: str) -> None:
    if not raw.isprintable() and any(ord(sign) < 32 or ord(sign) == 127 for sign in raw):
        raise BadValueError("control_character")
    if "\ufffd" in raw:
        raise BadValueError("undecodable")


def _not_longer(raw: str, longest: int) -> str:
    if len(raw) > longest:
        raise BadValueError("too_long")
    return raw


def _check_range(value: Decimal | int, smallest: int, largest: int) -> None:
    if value < smallest:
        raise BadValueError("too_small")
    if value > largest:
        raise BadValueError("too_large")
