"""A day divides into store, way, idleness and the unknown, and nothing is left over."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.geo import Position
from shared.tracking.chunks import pieces_of_chunks
from shared.tracking.day import Circle, divide_day
from shared.tracking.points import TrackPoint, pieces
from tests.unit.shared.tracking.test_points import NINE, fix

MINUTE = dt.timedelta(minutes=1)
FENCE = Circle(Position(fix(0).latitude, fix(0).longitude), 100)


def ride(first: int, last: int, *, start_m: float = 0) -> list[TrackPoint]:
    """Return a fix a minute while moving 300 m each."""
    return [
        fix(minute, north_m=start_m + 300 * (minute - first)) for minute in range(first, last + 1)
    ]


def stay(first: int, last: int, *, north_m: float = 0) -> list[TrackPoint]:
    """Return a fix every five minutes in one place, with the jitter of a parked phone."""
    return [
        fix(minute, north_m=north_m + (minute % 2) * 25) for minute in range(first, last + 1, 5)
    ]


def test_store_way_and_a_rest_are_told_apart() -> None:
    """In the first store to 9:20, ten minutes by bike, half an hour of rest, ten on, a store."""
    track = [
        *stay(0, 20),
        *ride(21, 30, start_m=300),
        *stay(31, 61, north_m=3300),
        *ride(62, 72, start_m=3600),
        *stay(73, 93, north_m=6900),
    ]
    second_store = Circle(Position(fix(0, north_m=6900).latitude, fix(0).longitude), 100)

    visits = [(NINE, NINE + 20 * MINUTE), (NINE + 73 * MINUTE, NINE + 93 * MINUTE)]
    fences = [FENCE, second_store]

    day = divide_day(track=pieces(track), visits=visits, fences=fences)

    assert day.work_s == 93 * 60
    assert day.in_store_s == 40 * 60
    assert day.idle_s == 31 * 60
    assert day.travel_s == 22 * 60
    assert day.unknown_s == 0
    assert day.travel_m == pytest.approx(6900, abs=60)
    longer = divide_day(track=pieces(track), visits=visits, fences=fences, idle_from=32 * MINUTE)
    assert longer == replace(day, idle_s=0, travel_s=53 * 60)


def test_waiting_at_the_customers_gate_is_not_idle() -> None:
    day = divide_day(
        track=pieces([*stay(0, 20), *stay(25, 60)]),
        visits=[(NINE, NINE + 5 * MINUTE), (NINE + 30 * MINUTE, NINE + 60 * MINUTE)],
        fences=[FENCE],
    )

    assert (day.idle_s, day.travel_s, day.unknown_s) == (0, 25 * 60, 0)


def test_a_phone_that_was_off_leaves_time_unknown_and_adds_no_metres() -> None:
    day = divide_day(
        track=pieces([*stay(0, 10), *stay(100, 110, north_m=8000)]),
        visits=[(NINE, NINE + 10 * MINUTE), (NINE + 100 * MINUTE, NINE + 110 * MINUTE)],
        fences=[FENCE],
    )

    assert day.unknown_s == 90 * 60
    assert (day.travel_m, day.idle_s, day.travel_s) == (0, 0, 0)


def test_a_day_without_a_check_out_has_no_length() -> None:
    day = divide_day(track=pieces(stay(0, 60)), visits=[(NINE, None)], fences=[FENCE])

    assert (day.work_s, day.in_store_s, day.travel_s, day.idle_s, day.unknown_s) == (0, 0, 0, 0, 0)


def test_chunks_that_overlap_and_come_late_make_one_track() -> None:
    rows = [
        [int(p.at.timestamp() * 1000), p.latitude, p.longitude, p.accuracy_m, False]
        for p in ride(0, 9)
    ]
    received = NINE + dt.timedelta(hours=1)

    (piece,) = pieces_of_chunks([(rows[4:], received), (rows[:6], received)])

    assert [point.at for point in piece] == [point.at for point in ride(0, 9)]


def test_a_fix_from_after_its_arrival_is_left_out() -> None:
    rows = [[int(p.at.timestamp() * 1000), p.latitude, p.longitude, 0, 1] for p in ride(0, 9)]

    (piece,) = pieces_of_chunks([(rows, NINE + 1 * MINUTE)])

    assert len(piece) == 4
    assert piece[0].accuracy_m is None
    assert piece[0].is_mock


minutes = st.integers(0, 300)
spans = st.tuples(minutes, st.none() | minutes)


@given(
    visits=st.lists(spans, max_size=6),
    track=st.lists(st.tuples(minutes, st.integers(0, 40)), max_size=40),
)
def test_the_parts_always_make_the_whole(
    visits: list[tuple[int, int | None]], track: list[tuple[int, int]]
) -> None:
    points = sorted(
        (fix(minute, north_m=50 * place) for minute, place in track), key=lambda p: p.at
    )

    day = divide_day(
        track=pieces(points),
        visits=[
            (NINE + start * MINUTE, None if end is None else NINE + end * MINUTE)
            for start, end in visits
        ],
        fences=[FENCE],
    )

    parts = day.in_store_s, day.travel_s, day.idle_s, day.unknown_s
    assert min(parts) >= 0
    assert sum(parts) == day.work_s
