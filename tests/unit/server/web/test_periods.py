"""A period in an address is read as the days people mean by it."""

import datetime as dt

import pytest

from server.web.periods import read_period
from shared.time import Period

TODAY = dt.date(2026, 11, 23)
FIRST = dt.date(2025, 10, 20)


def read(**arguments: str) -> Period:
    return read_period(arguments, today=TODAY, first_day=FIRST).period


@pytest.mark.parametrize(
    ("preset", "start", "last"),
    [
        ("today", TODAY, TODAY),
        ("yesterday", dt.date(2026, 11, 22), dt.date(2026, 11, 22)),
        ("week", dt.date(2026, 11, 23), dt.date(2026, 11, 29)),
        ("last_week", dt.date(2026, 11, 16), dt.date(2026, 11, 22)),
        ("month", dt.date(2026, 11, 1), dt.date(2026, 11, 30)),
        ("last_month", dt.date(2026, 10, 1), dt.date(2026, 10, 31)),
        ("quarter", dt.date(2026, 10, 1), dt.date(2026, 12, 31)),
        ("year", dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
        ("all", FIRST, TODAY),
    ],
)
def test_presets_cover_the_days_they_name(preset: str, start: dt.date, last: dt.date) -> None:
    assert read(period=preset) == Period(start, last + dt.timedelta(days=1))


def test_two_days_by_hand_are_both_part_of_the_period() -> None:
    chosen = read_period(
        {"period": "custom", "from": "2017-04-01", "to": "2017-06-30"}, today=TODAY, first_day=FIRST
    )

    assert chosen.period == Period.quarter(2017, 2)
    assert chosen.arguments() == {"period": "custom", "from": "2017-04-01", "to": "2017-06-30"}


@pytest.mark.parametrize(
    "arguments",
    [
        {"period": "custom", "from": "2026-05-01", "to": "2026-04-01"},
        {"period": "custom", "from": "yesterday"},
        {"period": "custom", "from": "2026-01-01", "to": "9999-12-31"},
    ],
)
def test_days_that_make_no_period_are_refused_in_words(arguments: dict[str, str]) -> None:
    chosen = read_period(arguments, today=TODAY, first_day=FIRST)

    assert chosen.period == Period.month(2026, 11)
    assert chosen.problem


def test_an_unknown_preset_means_the_usual_one() -> None:
    assert read(period="fortnight") == Period.month(2026, 11)
