"""Business days, and periods that are compared with what came before."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.time import Grain, Period, add_months, business_day

DAYS = st.dates(min_value=dt.date(1990, 1, 1), max_value=dt.date(2100, 1, 1))
PERIODS = st.builds(
    lambda start, length: Period(start, start + dt.timedelta(days=length)),
    DAYS,
    st.integers(min_value=0, max_value=900),
)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", dt.date(2026, 3, 1)),
        ("Asia/Jakarta", dt.date(2026, 3, 2)),
        ("America/New_York", dt.date(2026, 3, 1)),
    ],
)
def test_a_business_day_is_the_local_day(zone: str, day: dt.date) -> None:
    assert business_day(dt.datetime(2026, 3, 1, 18, tzinfo=dt.UTC), zone) == day


def test_an_instant_without_offset_has_no_business_day() -> None:
    with pytest.raises(ValueError, match="offset"):
        business_day(dt.datetime(2026, 3, 1, 18), "UTC")  # noqa: DTZ001


def test_a_quarter_is_compared_with_the_quarter_before_although_it_is_shorter() -> None:
    assert Period.quarter(2017, 3).previous() == Period.quarter(2017, 2)
    assert Period.month(2024, 3).previous() == Period.month(2024, 2)
    assert Period.year(2024).previous() == Period.year(2023)


def test_other_periods_are_compared_with_as_many_days() -> None:
    period = Period(dt.date(2026, 3, 10), dt.date(2026, 3, 17))

    assert period.previous() == Period(dt.date(2026, 3, 3), dt.date(2026, 3, 10))
    assert period.last_year() == Period(dt.date(2025, 3, 10), dt.date(2025, 3, 17))


def test_a_running_month_is_compared_with_the_same_elapsed_part() -> None:
    november, today = Period.month(2026, 11), dt.date(2026, 11, 23)

    elapsed = november.elapsed(today)

    assert elapsed == Period(dt.date(2026, 11, 1), dt.date(2026, 11, 24))
    assert november.previous().first_days(elapsed.length_days) == Period(
        dt.date(2026, 10, 1), dt.date(2026, 10, 24)
    )
    assert november.elapsed(dt.date(2027, 1, 1)) == november
    assert november.elapsed(dt.date(2026, 1, 1)).length_days == 0


def test_the_thirtieth_of_march_falls_back_to_the_whole_of_february() -> None:
    assert Period.month(2026, 3).previous().first_days(30) == Period.month(2026, 2)


def test_a_period_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="end"):
        Period(dt.date(2026, 3, 2), dt.date(2026, 3, 1))


@given(PERIODS, st.sampled_from(Grain))
def test_the_pieces_of_a_period_cover_each_day_once(period: Period, grain: Grain) -> None:
    pieces = period.split(grain)

    assert [day for piece in pieces for day in piece.days()] == list(period.days())
    assert all(piece.length_days > 0 for piece in pieces)


@given(PERIODS)
def test_the_previous_period_ends_where_this_one_starts(period: Period) -> None:
    assert period.previous().end == period.start
    assert period.last_year().length_days == pytest.approx(period.length_days, abs=1)


@given(DAYS, st.integers(min_value=-600, max_value=600))
def test_a_month_later_is_the_same_day_or_the_last_of_its_month(day: dt.date, months: int) -> None:
    later = add_months(day, months)

    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later + dt.timedelta(days=1)).day == 1
