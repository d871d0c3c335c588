"""Orders and splits of stops, whatever the stops are."""

import math
import random

import pytest

from server.planning.operations.routes import (
    nearest_neighbour_and_two_opt,
    order_day,
    order_stops,
    split_days,
    trip_length,
)


def metres(count: int, seed: int, *, side: int = 20_000) -> list[list[int]]:
    chance = random.Random(seed)
    points = [(chance.randint(0, side), chance.randint(0, side)) for _ in range(count)]
    return [[round(math.dist(a, b)) for b in points] for a in points]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 13, 30])
@pytest.mark.parametrize("side", [0, 1, 20_000])
def test_a_round_trip_has_every_stop_once_and_is_no_worse_than_the_simple_way(
    count: int, side: int
) -> None:
    costs = metres(count, count, side=side)

    order = order_stops(costs)

    assert order[0] == 0
    assert sorted(order) == list(range(count))
    simple = nearest_neighbour_and_two_opt(costs)
    assert trip_length(costs, order) <= trip_length(costs, simple)


def test_stops_on_a_line_are_visited_from_one_end_to_the_other() -> None:
    places = [500, 0, 300, 100, 400, 200]
    costs = [[abs(here - there) for there in places] for here in places]

    order = order_day(costs)

    assert [places[index] for index in order] in (sorted(places), sorted(places, reverse=True))


@pytest.mark.parametrize("sizes", [[1], [7, 6], [3, 0, 3], [12, 12, 12, 11, 11, 11], [0, 0]])
@pytest.mark.parametrize("seed", range(3))
def test_a_split_fills_every_day_to_its_size(sizes: list[int], seed: int) -> None:
    days = split_days(metres(sum(sizes), seed), sizes)

    assert [len(day) for day in days] == sizes
    assert sorted(index for day in days for index in day) == list(range(sum(sizes)))


def test_two_villages_are_two_days() -> None:
    places = [*range(0, 50, 10), *range(100_000, 100_050, 10)]
    costs = [[abs(here - there) for there in places] for here in places]

    days = split_days(costs, [5, 5])

    assert {frozenset(day) for day in days} == {frozenset(range(5)), frozenset(range(5, 10))}


def test_sizes_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="3 places for 4 stops"):
        split_days(metres(4, 1), [3])
