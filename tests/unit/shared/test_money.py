"""Money is whole minor units, rounded once, half-up, at the line."""

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.money import (
    convert_minor,
    currency_exponent,
    line_amount_minor,
    minor_rate,
    to_major,
    to_minor,
)


@pytest.mark.parametrize(
    ("currency", "exponent"), [("IDR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)]
)
def test_each_currency_has_its_iso_decimals(currency: str, exponent: int) -> None:
    assert currency_exponent(currency) == exponent


@pytest.mark.parametrize("code", ["", "idr", "RP", "IDRX"])
def test_what_is_no_currency_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="currency"):
        currency_exponent(code)


@pytest.mark.parametrize(
    ("amount", "minor"), [("12.345", 1235), ("12.344", 1234), ("-12.345", -1235), ("0.005", 1)]
)
def test_a_half_is_rounded_up(amount: str, minor: int) -> None:
    assert to_minor(Decimal(amount), "USD") == minor


@given(st.integers(min_value=-(10**15), max_value=10**15), st.sampled_from(["IDR", "JPY", "KWD"]))
def test_minor_units_survive_the_way_to_major_units_and_back(minor: int, currency: str) -> None:
    assert to_minor(to_major(minor, currency), currency) == minor


def test_a_line_is_rounded_once_after_its_discount() -> None:
    # 3 at 12.35 less 15 % is 31.4925.
    line = line_amount_minor(
        quantity=Decimal(3), unit_price_minor=1235, discount_rate=Decimal("0.15")
    )

    assert line == 3149


def test_a_discount_may_be_an_amount() -> None:
    line = line_amount_minor(quantity=Decimal("2.5"), unit_price_minor=1000, discount_minor=250)

    assert line == 2250


def test_a_discount_rate_is_a_share() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        line_amount_minor(quantity=Decimal(1), unit_price_minor=1, discount_rate=Decimal(15))


@pytest.mark.parametrize(
    ("currency", "rate", "amount_minor", "rupiah_minor"),
    [
        ("USD", "16250.5", 1_99, 32_338_50),
        ("USD", "16250.125", 2, 325_00),
        ("JPY", "105.25", 1_999, 210_394_75),
        ("KWD", "53012.345", 1_250, 66_265_43),
        ("VND", "0.6315", 1_000, 631_50),
        ("USD", "16250.5", 0, 0),
        ("USD", "0.5", 1, 1),
    ],
)
def test_an_amount_is_converted_by_the_decimals_of_both_and_rounded_once(
    currency: str, rate: str, amount_minor: int, rupiah_minor: int
) -> None:
    of_minor = minor_rate(Decimal(rate), currency=currency, reporting_currency="IDR")
    assert convert_minor(amount_minor, of_minor) == rupiah_minor


@given(
    st.integers(min_value=0, max_value=10**15),
    st.decimals(min_value="0.00000001", max_value=10**9, places=10),
)
def test_a_conversion_is_off_by_no_more_than_half_a_unit_and_goes_up_at_half(
    amount_minor: int, rate: Decimal
) -> None:
    exact = Fraction(amount_minor) * Fraction(rate)
    assert convert_minor(amount_minor, rate) == floor(exact + Fraction(1, 2))
