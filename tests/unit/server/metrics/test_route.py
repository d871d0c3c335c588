"""How many stops were visited in the planned order."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.metrics.rollups.route import most_in_order


def test_nine_of_fifteen_stops_in_the_planned_order() -> None:
    visited = [15, 14, 1, 2, 13, 3, 4, 12, 5, 6, 11, 7, 8, 10, 9]

    assert most_in_order(visited) == 9


@pytest.mark.parametrize(
    ("visited", "kept"), [([], 0), ([3], 1), ([1, 2, 3], 3), ([3, 2, 1], 1), ([2, 3, 1], 2)]
)
def test_short_days(visited: list[int], kept: int) -> None:
    assert most_in_order(visited) == kept


@given(st.permutations(range(7)))
def test_it_is_the_longest_of_all_selections(visited: list[int]) -> None:
    longest = max(
        size
        for size in range(8)
        for chosen in combinations(visited, size)
        if list(chosen) == sorted(chosen)
    )

    assert most_in_order(visited) == longest
