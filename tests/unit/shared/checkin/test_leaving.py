"""When a rep counts as gone without having checked out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.checkin.leaving import AWAY_MS, Presence, follow, has_left

MINUTE = 60_000


def walk(*steps: tuple[float, float]) -> Presence:
    """Follow fixes given as (minute, metres from the centre), accuracy 10 m, radius 100 m."""
    known = Presence(0)
    for minute, distance_m in steps:
        known = follow(
            known,
            at_ms=int(minute * MINUTE),
            distance_m=distance_m,
            accuracy_m=10,
            radius_m=100,
        )
    return known


@pytest.mark.parametrize(
    ("steps", "minute", "left"),
    [
        (((1, 20), (10, 500), (15, 900)), 15, True),
        (((1, 20), (10, 500), (14, 900)), 14, False),
        (((1, 20), (10, 500), (13, 60), (20, 500)), 21, False),
        (((1, 20), (10, 409)), 60, False),
        (((1, 20), (10, 411)), 15, True),
        (((1, 20), (10, 500), (12, 300), (14, 500)), 16, False),
        ((), 600, False),
    ],
    ids=["gone", "gone shortly", "back again", "near", "far", "in between", "no fix is no news"],
)
def test_five_minutes_300_metres_beyond_the_fence_are_gone(
    steps: tuple[tuple[float, float], ...], minute: float, left: object
) -> None:
    assert has_left(walk(*steps), at_ms=int(minute * MINUTE)) is left


def test_the_visit_ended_at_the_last_moment_inside() -> None:
    assert walk((1, 20), (7, 99), (8, 250), (10, 500), (20, 900)).last_inside_ms == 7 * MINUTE


@given(
    st.lists(st.tuples(st.integers(0, 600), st.floats(0, 5000)), max_size=30),
    st.floats(0, 5000),
)
def test_a_weak_fix_never_takes_anybody_away(
    steps: list[tuple[int, float]], distance_m: float
) -> None:
    known = walk(*steps)
    at_ms = 601 * MINUTE

    weak = follow(known, at_ms=at_ms, distance_m=distance_m, accuracy_m=5000, radius_m=100)

    assert not has_left(weak, at_ms=at_ms + AWAY_MS)
