"""Texts of files as values: laws that hold for every number and every text."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.imports.operations import values
from server.imports.operations.reasons import REASONS
from server.imports.operations.values import BadValueError, Formats

ENGLISH = Formats(currency="USD", thousands=",")
INDONESIAN = Formats(currency="IDR", decimal=",", thousands=".")
DAYS = Formats(currency="USD", day_formats=["%Y-%m-%d", "%d-%m-%y"])


@given(st.decimals(min_value=0, max_value=10**12, places=2))
def test_an_amount_is_the_same_however_it_is_written(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    indonesian = english.translate(str.maketrans(",.", ".,"))

    expected = int(amount * 100)
    assert values.money(english, ENGLISH) == expected
    assert values.money(indonesian, INDONESIAN) == expected
    assert values.money(str(amount), ENGLISH) == expected


@given(st.decimals(min_value=Decimal("0.01"), max_value=99, places=2))
def test_a_decimal_mark_is_never_taken_for_a_thousands_mark(amount: Decimal) -> None:
    with pytest.raises(BadValueError):
        values.money(str(amount), INDONESIAN)


@given(st.text())
def test_any_text_is_a_value_or_has_a_reason(raw: str) -> None:
    parsers = (
        values.text(80),
        values.long_text(80),
        values.phone,
        values.email,
        values.day,
        values.money,
        values.number,
        values.quantity,
        values.rate,
        values.degrees(90),
        values.truth,
    )
    codes = set()
    for parse in parsers:
        try:
            parse(raw, ENGLISH)
        except BadValueError as bad:
            codes.add(bad.code)
    assert codes <= set(REASONS)


@given(st.text(alphabet="=+-@", min_size=1, max_size=1), st.text(max_size=20))
def test_no_text_that_a_spreadsheet_would_run_gets_in(start: str, rest: str) -> None:
    for parse in (values.text(80), values.long_text(80), values.email):
        with pytest.raises(BadValueError):
            parse(start + rest, ENGLISH)


@given(st.dates(dt.date(1970, 1, 1), dt.date(2068, 12, 31)))
def test_days_are_read_in_each_format_of_the_mapping(day: dt.date) -> None:
    assert values.day(day.isoformat(), DAYS) == day
    assert values.day(day.strftime("%d-%m-%y"), DAYS).strftime("%m-%d") == day.strftime("%m-%d")


@pytest.mark.parametrize(
    ("raw", "share"), [("0.15", "0.15"), ("15 %", "0.15"), ("0", "0"), ("100%", "1")]
)
def test_a_rate_is_a_share_or_a_percentage(raw: str, share: str) -> None:
    assert values.rate(raw, ENGLISH) == Decimal(share)


@pytest.mark.parametrize("raw", ["1.5", "101 %", "-0.1"])
def test_a_rate_lies_between_nothing_and_all(raw: str) -> None:
    with pytest.raises(BadValueError):
        values.rate(raw, ENGLISH)
