"""Typed amounts: as English and Indonesian write them, and back again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.web.amounts import HIGHEST_MINOR, read_amount, typed_amount


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12500", "IDR", 1_250_000),
        ("12.500", "IDR", 1_250_000),
        ("12,500", "IDR", 1_250_000),
        ("12 500", "IDR", 1_250_000),
        ("178.500.000", "IDR", 17_850_000_000),
        ("12.500,5", "IDR", 1_250_050),
        ("12,500.50", "USD", 1_250_050),
        ("12,5", "USD", 1_250),
        ("0", "USD", 0),
        ("1,250", "JPY", 1_250),
        ("12.500", "KWD", 12_500),
        ("1.234,5", "KWD", 1_234_500),
    ],
)
def test_an_amount_is_read_as_it_is_meant(text: str, currency: str, minor: int) -> None:
    assert read_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        *((text, "IDR") for text in ("", " ", "-5", "+5", "1e9", "=1+1", "٣", "12 juta", "NaN")),
        *((text, "IDR") for text in ("1,23,456", "1.2345", "12.34.56", "1,000.000", ",5", "5.")),
        *((text, "IDR") for text in ("9" * 19, "1" * 41, "1.234.56,7", "Infinity", "0x10")),
        ("12.50", "JPY"),
        ("12.5005", "KWD"),
    ],
)
def test_what_is_none_is_refused_not_guessed(text: str, currency: str) -> None:
    assert read_amount(text, currency) is None


@given(st.integers(0, HIGHEST_MINOR), st.sampled_from(["IDR", "USD", "JPY", "KWD", "CLF"]))
def test_a_form_shows_what_it_would_read(amount_minor: int, currency: str) -> None:
    assert read_amount(typed_amount(amount_minor, currency), currency) == amount_minor
