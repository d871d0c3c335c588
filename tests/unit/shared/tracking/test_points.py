"""Which fixes of a track are believed, where it is cut, and how long it is."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.geo import Position, distance_m
from shared.tracking.points import TrackPoint, believable, length_m, pieces, step_m

NINE = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
EVENING = NINE + dt.timedelta(hours=9)
METRES_PER_DEGREE = 110_580


def fix(minute: float, *, north_m: float = 0, accuracy_m: float | None = 8) -> TrackPoint:
    """Return a fix so many minutes after nine and metres north of Monas."""
    latitude = -6.1754 + north_m / METRES_PER_DEGREE
    return TrackPoint(latitude, 106.8272, NINE + dt.timedelta(minutes=minute), accuracy_m)


def test_fixes_that_cannot_be_true_are_left_out() -> None:
    good = [fix(0), fix(1, north_m=60), fix(2, north_m=120)]
    bad = [
        TrackPoint(0.0, 0.0, NINE + dt.timedelta(seconds=30), 5),
        fix(1.5, north_m=30_000),
        fix(1.6, accuracy_m=201),
        fix(24 * 60),
        fix(1, north_m=61),
    ]

    assert believable([*good, *bad], until=EVENING) == good


def test_a_weak_fix_is_kept_and_so_is_one_without_an_accuracy() -> None:
    honest = [fix(0, accuracy_m=None), fix(1, accuracy_m=200)]

    assert believable(honest, until=EVENING) == honest


def test_a_motorway_is_not_a_teleport() -> None:
    ride = [fix(minute, north_m=1_900 * minute) for minute in range(10)]

    assert believable(ride, until=EVENING) == ride
    assert len(pieces(ride)) == 1


def test_a_jump_after_which_the_phone_stays_away_is_a_gap_without_length() -> None:
    track = [fix(0), fix(1), fix(2, north_m=50_000), fix(3, north_m=50_000)]

    cut = pieces(believable(track, until=EVENING))

    assert [len(piece) for piece in cut] == [2, 2]
    assert sum(map(length_m, cut)) == 0


def test_sixteen_minutes_of_silence_are_a_gap_and_fifteen_are_not() -> None:
    assert len(pieces([fix(0), fix(15)])) == 1
    assert len(pieces([fix(0), fix(16)])) == 2


def test_a_track_over_the_date_line_has_its_length() -> None:
    west, east = Position(-17.0, 179.999), Position(-17.0, -179.999)

    assert step_m(west, east) == pytest.approx(distance_m(west, east), rel=1e-6)


@given(
    latitude=st.floats(-75, 75),
    north_m=st.floats(-2000, 2000),
    east=st.floats(-0.02, 0.02),
)
def test_a_step_is_as_long_as_the_geodesic(latitude: float, north_m: float, east: float) -> None:
    a = Position(latitude, 106.8)
    b = Position(latitude + north_m / METRES_PER_DEGREE, 106.8 + east)

    assert step_m(a, b) == pytest.approx(distance_m(a, b), rel=2e-6, abs=1e-3)
