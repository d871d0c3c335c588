"""Numbers, money and times read as an Indonesian or an English reader writes them."""

import datetime as dt
from decimal import Decimal

import pytest

from server.web import formats

NOON = dt.datetime(2026, 11, 23, 2, 5, tzinfo=dt.UTC)


def spaced(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u2009", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("minor", "indonesian", "english"),
    [
        (125_000_000_000, "Rp 1,25 M", "Rp 1.25B"),
        (12_650_000_000, "Rp 126 jt", "Rp 126M"),
        (1_250_000_000, "Rp 12,5 jt", "Rp 12.5M"),
        (85_000_000, "Rp 850 rb", "Rp 850K"),
        (85_000, "Rp 850", "Rp 850"),
        (210_000_000_000_000, "Rp 2,1 T", "Rp 2.1T"),
        (-125_000_000, "-Rp 1,25 jt", "-Rp 1.25M"),
        (0, "Rp 0", "Rp 0"),
    ],
)
def test_short_money_keeps_three_digits_and_the_trades_words(
    minor: int, indonesian: str, english: str
) -> None:
    assert spaced(formats.short_money(minor, "IDR", language="id")) == indonesian
    assert spaced(formats.short_money(minor, "IDR", language="en")) == english


def test_full_money_shows_every_rupiah_but_no_sen() -> None:
    assert spaced(formats.money(125_000_000_000, "IDR", language="id")) == "Rp 1.250.000.000"
    assert spaced(formats.money(125_000_000_000, "IDR", language="en")) == "Rp 1,250,000,000"


def test_other_currencies_keep_their_cents() -> None:
    assert spaced(formats.money(236_091, "USD", language="en")) == "US$2,360.91"
    assert spaced(formats.money(Decimal("236090.9391"), "USD", language="id")) == "US$2.360,91"


def test_a_share_is_shown_as_per_cent() -> None:
    assert spaced(formats.percent(Decimal("0.63150052"), language="en")) == "63.2%"
    assert spaced(formats.percent(Decimal("0.63150052"), language="id")) == "63,2%"
    assert formats.percent(Decimal("-0.0004"), 0, language="en") == "0%"


def test_no_value_is_a_dash_and_never_a_zero() -> None:
    shown = [
        formats.number(None, language="id"),
        formats.percent(None, language="id"),
        formats.money(None, "IDR", language="id"),
        formats.short_money(None, "IDR", language="id"),
        formats.duration(None, language="id"),
        formats.distance(None, language="id"),
        formats.clock(None, "Asia/Jakarta", language="id"),
    ]

    assert set(shown) == {formats.NOTHING}


def test_times_are_those_of_the_reps_zone() -> None:
    assert formats.clock(NOON, "Asia/Jakarta", language="id") == "09.05"
    assert formats.clock(NOON, "Asia/Jayapura", language="en") == "11:05"
    assert formats.day_and_clock(NOON, "Asia/Jakarta", language="en") == "23 Nov 2026, 09:05"


def test_a_period_is_named_by_its_first_and_last_day() -> None:
    november = (dt.date(2026, 11, 1), dt.date(2026, 12, 1))

    assert spaced(formats.days(*november, language="id")).replace("\u2013", "-") == "1-30 Nov 2026"
    assert formats.days(dt.date(2026, 12, 5), dt.date(2026, 12, 6), language="id") == "5 Des 2026"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 mnt"), (1500, "25 mnt"), (3900, "1 j 05 mnt"), (3599, "1 j 00 mnt")],
)
def test_durations_are_hours_and_minutes(seconds: int, shown: str) -> None:
    assert spaced(formats.duration(seconds, language="id")) == shown


def test_distances_turn_to_kilometres() -> None:
    assert spaced(formats.distance(18.4, language="id")) == "18 m"
    assert spaced(formats.distance(1240, language="id")) == "1,2 km"
    assert spaced(formats.distance(1240, language="en")) == "1.2 km"


def test_other_money_has_its_own_decimals_and_a_rate_all_of_them() -> None:
    assert spaced(formats.money(1250, "JPY", language="en")) == "JP¥1,250"
    assert spaced(formats.money(1250, "KWD", language="en")) == "KWD 1.250"
    assert formats.exact_number("12480.7512", language="id") == "12.480,7512"
    assert formats.exact_number("16251", language="en") == "16,251.00"
