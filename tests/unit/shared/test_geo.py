"""Distances are symmetric and exact, and screening is close to exact."""

import math

import pytest
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st

from shared.geo import Position, distance_m, haversine_m

POSITIONS = st.builds(
    Position,
    st.floats(min_value=-90, max_value=90),
    st.floats(min_value=-180, max_value=180),
)


@given(POSITIONS, POSITIONS)
def test_a_distance_is_the_same_both_ways_and_screening_is_within_six_per_mille(
    a: Position, b: Position
) -> None:
    there, back, screened = distance_m(a, b), distance_m(b, a), haversine_m(a, b)

    assert there == pytest.approx(back, abs=1e-6)
    assert screened == pytest.approx(there, rel=0.006, abs=1e-3)


@given(
    POSITIONS,
    st.floats(min_value=0, max_value=360),
    st.floats(min_value=0, max_value=3_000),
)
def test_a_short_way_is_karneys_to_a_micrometre(a: Position, bearing: float, metres: float) -> None:
    point = geodesic(meters=metres).destination((a.latitude, a.longitude), bearing)
    b = Position(point.latitude, point.longitude)

    karneys = geodesic((a.latitude, a.longitude), (b.latitude, b.longitude)).meters

    assert distance_m(a, b) == pytest.approx(karneys, abs=1e-6)


@pytest.mark.parametrize(("latitude", "longitude"), [(90.1, 0), (0, 180.1), (math.nan, 0)])
def test_a_position_outside_the_earth_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(ValueError, match="itude"):
        Position(latitude, longitude)
