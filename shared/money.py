"""Amounts of money as integer minor units (cents, sen) of an ISO 4217 currency."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal

# ISO 4217: every currency that is not listed here has two decimals.
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_CODE = re.compile(r"[A-Z]{3}")
# Amounts of 16 digits times rates of 22: nothing is cut off before the one rounding.
_EXACT = Context(prec=60)
_NO_RATE = Decimal(0)


def currency_exponent(currency: str) -> int:
    """
    Return the number of decimals of a currency: 2 for IDR, 0 for JPY.

    :raises ValueError: if this is no ISO 4217 code
    """
    if not _CODE.fullmatch(currency):
        raise ValueError(f"not a currency code: {currency!r}")
    return _EXPONENTS.get(currency, 2)


def round_half_up(value: Decimal) -> int:
    """Return the nearest whole number; a half goes away from zero."""
    return int(value.to_integral_value(rounding=ROUND_HALF_UP, context=_EXACT))


def to_minor(amount: Decimal, currency: str) -> int:
    """Return an amount in major units (12.50) as minor units (1250), rounded half-up."""
    return round_half_up(amount.scaleb(currency_exponent(currency)))


def to_major(amount_minor: int, currency: str) -> Decimal:
    """Return an amount in minor units (1250) as major units (12.50), exactly."""
    return Decimal(amount_minor).scaleb(-currency_exponent(currency))


def line_amount_minor(
    *,
    quantity: Decimal | int,
    unit_price_minor: int,
    discount_rate: Decimal = _NO_RATE,
    discount_minor: int = 0,
) -> int:
    """
    Return the net amount of a line: quantity times price less discount, rounded once, half-up.

    :param discount_rate: share of the gross amount, 0.15 for 15 %
    :param discount_minor: amount for the whole line, taken off after the rate
    :raises ValueError: if the rate is not between 0 and 1
    """
    if discount_rate is _NO_RATE and isinstance(quantity, int):
        return quantity * unit_price_minor - discount_minor  # as orders are; nothing is rounded
    if not 0 <= discount_rate <= 1:
        raise ValueError(f"a discount rate lies between 0 and 1: {discount_rate}")
    return round_half_up(quantity * unit_price_minor * (1 - discount_rate) - discount_minor)


def minor_rate(rate: Decimal, *, currency: str, reporting_currency: str) -> Decimal:
    """
    Return what one minor unit is in minor units of the reporting currency, exactly.

    :param rate: what one major unit is in major units: 16,250.5 rupiah for a US dollar
    """
    shift = currency_exponent(reporting_currency) - currency_exponent(currency)
    return _EXACT.scaleb(rate, shift)


def convert_minor(amount_minor: int, rate: Decimal) -> int:
    """
    Return an amount in minor units of the reporting currency, rounded once, half-up.

    The databases do the same, to the last digit: `converted` in `server/platform/sql.py`.

    :param rate: minor units of the reporting currency for one minor unit
    """
    return round_half_up(_EXACT.multiply(Decimal(amount_minor), rate))
