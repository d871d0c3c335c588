"""Amounts of money as people type them into a form."""

import re
from decimal import Decimal

from server.web.languages import current_language
from shared.money import currency_exponent, to_major, to_minor

LONGEST = 40
HIGHEST_MINOR = 10**15
"""More than any form takes; the columns hold more."""

_SPACES = re.compile(r"[\s\u00a0\u202f]")
_DIGITS = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+")


def read_amount(
    text: str, currency: str | None, *, highest_minor: int = HIGHEST_MINOR
) -> int | None:
    """
    Return a typed amount in minor units; None where it is none, negative or too high.

    Thousands may be grouped and decimals set apart by a comma or a point, as English and
    Indonesian do: 12.500 and 12,500 are twelve thousand five hundred, 12.5 and 12,50 are not. In
    a currency with three decimals or more a single mark sets decimals apart.

    :param currency: None for a whole number of something else
    """
    plain = _SPACES.sub("", text)
    if not plain or len(plain) > LONGEST:
        return None
    whole, decimals = _split(plain, _exponent(currency))
    if whole is None or not _DIGITS.fullmatch(whole):
        return None
    major = Decimal(f"{whole}.{decimals or '0'}")
    amount_minor = to_minor(major, currency) if currency else int(major)
    return amount_minor if amount_minor <= highest_minor else None


def typed_amount(amount_minor: int, currency: str | None) -> str:
    """Return an amount as a form shows it to the reader, so that it is read as the same again."""
    major = to_major(amount_minor, currency) if currency else Decimal(amount_minor)
    if major == major.to_integral_value():
        return f"{major:.0f}"
    return f"{major:.{_exponent(currency)}f}".replace(".", decimal_mark())


def decimal_mark() -> str:
    """Return what the reader's language sets decimals apart by, in a number without groups."""
    return "," if current_language() == "id" else "."


def _exponent(currency: str | None) -> int:
    return currency_exponent(currency) if currency else 0


def _split(plain: str, exponent: int) -> tuple[str | None, str]:
    """Return the digits before and after the decimal mark; None before it where that is none."""
    marks = [sign for sign in plain if sign in ".,"]
    last = max(plain.rfind("."), plain.rfind(","))
    head, tail = (plain[:last], plain[last + 1 :]) if marks else (plain, "")
    is_decimal = bool(marks) and (
        (len(marks) == 1 and (len(tail) != 3 or exponent >= 3))
        or (len(set(marks)) == 2 and marks.count(marks[-1]) == 1)
    )
    if not is_decimal:
        head, tail = plain, ""
    elif not tail.isascii() or not tail.isdigit() or len(tail) > exponent:
        return None, ""
    groups = set(head) & {".", ","}
    if len(groups) > 1 or (groups and not _GROUPED.fullmatch(head)):
        return None, ""
    return re.sub("[.,]", "", head), tail
