"""Orders of stops against the proven shortest tours of TSPLIB."""

import math
import os
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from server.planning.operations.routes import (
    nearest_neighbour_and_two_opt,
    order_stops,
    split_days,
    trip_length,
)

pytestmark = pytest.mark.skipif(
    not os.environ.get("TAPAK_REFERENCE_DATA"),
    reason="TAPAK_REFERENCE_DATA does not name the folder of reference data",
)

OPTIMA = {
    "att48": 10628,
    "bays29": 2020,
    "berlin52": 7542,
    "burma14": 3323,
    "dantzig42": 699,
    "eil101": 629,
    "eil51": 426,
    "fri26": 937,
    "gr17": 2085,
    "gr21": 2707,
    "kroA100": 21282,
    "lin105": 14379,
    "pr76": 108159,
    "st70": 675,
    "ulysses16": 6859,
}
MOST_OVER = 1.02
LONGEST_S = 2.0
_MOST_TRIED_AGAIN = 60
Point = tuple[float, float]


def folder() -> Path:
    return Path(os.environ["TAPAK_REFERENCE_DATA"]) / "tsp"


def test_every_instance_of_the_folder_is_tried() -> None:
    assert {file.stem for file in folder().glob("*.tsp")} == set(OPTIMA)


@pytest.mark.parametrize("name", OPTIMA)
def test_a_tour_is_at_most_two_percent_over_the_shortest(name: str) -> None:
    costs = read_costs(folder() / f"{name}.tsp")

    # The processor's time: other programs on the machine are not the planner's fault.
    started_s = time.process_time()
    order = order_stops(costs)
    took_s = time.process_time() - started_s

    length = trip_length(costs, order)
    assert sorted(order) == list(range(len(costs)))
    assert order[0] == 0
    assert OPTIMA[name] <= length <= MOST_OVER * OPTIMA[name]
    assert length <= trip_length(costs, nearest_neighbour_and_two_opt(costs))
    if len(costs) <= _MOST_TRIED_AGAIN:
        assert order_stops(costs) == order
    assert took_s <= LONGEST_S


def read_costs(file: Path) -> list[list[int]]:
    """Read a symmetric instance as TSPLIB95 defines its distances."""
    header, points, weights = _read(file)
    size = int(header["DIMENSION"])
    if header["EDGE_WEIGHT_TYPE"] != "EXPLICIT":
        measure = MEASURES[header["EDGE_WEIGHT_TYPE"]]
        return [[0 if a is b else measure(a, b) for b in points] for a in points]
    if header["EDGE_WEIGHT_FORMAT"] == "FULL_MATRIX":
        return [weights[row * size : (row + 1) * size] for row in range(size)]
    assert header["EDGE_WEIGHT_FORMAT"] == "LOWER_DIAG_ROW"
    costs = [[0] * size for _ in range(size)]
    values = iter(weights)
    for row in range(size):
        for column in range(row + 1):
            costs[row][column] = costs[column][row] = next(values)
    return costs


def _read(file: Path) -> tuple[dict[str, str], list[Point], list[int]]:
    header: dict[str, str] = {}
    points: list[Point] = []
    weights: list[int] = []
    section = ""
    for line in filter(None, map(str.strip, file.read_text().splitlines())):
        if line == "EOF":
            break
        if line.endswith("_SECTION"):
            section = line
        elif not section:
            key, _, value = line.partition(":")
            header[key.strip()] = value.strip()
        elif section == "NODE_COORD_SECTION":
            _, x, y = map(float, line.split())
            points.append((x, y))
        elif section == "EDGE_WEIGHT_SECTION":
            weights += map(int, line.split())
    return header, points, weights


def _euclidean(a: Point, b: Point) -> int:
    return int(math.dist(a, b) + 0.5)


def _pseudo_euclidean(a: Point, b: Point) -> int:
    return math.ceil(math.dist(a, b) / math.sqrt(10))


def _geographical(a: Point, b: Point) -> int:
    (latitude_a, longitude_a), (latitude_b, longitude_b) = (
        tuple(_radians(degrees) for degrees in point) for point in (a, b)
    )
    q1 = math.cos(longitude_a - longitude_b)
    q2 = math.cos(latitude_a - latitude_b)
    q3 = math.cos(latitude_a + latitude_b)
    return int(6378.388 * math.acos(0.5 * ((1 + q1) * q2 - (1 - q1) * q3)) + 1)


def _radians(degrees: float) -> float:
    # TSPLIB writes degrees and minutes as DDD.MM, and rounds pi.
    whole = int(degrees)
    return 3.141592 * (whole + 5 * (degrees - whole) / 3) / 180


MEASURES: dict[str, Callable[[Point, Point], int]] = {
    "ATT": _pseudo_euclidean,
    "EUC_2D": _euclidean,
    "GEO": _geographical,
}


# The optimal plan of E-n22-k4; that of RC208 lies beside its file. Stops are numbered from 1, the
# depot is none.
OPTIMAL_PLAN = ((17, 20, 18, 15, 12), (16, 19, 21, 14), (13, 11, 4, 3, 8, 10), (9, 7, 5, 2, 1, 6))
OPTIMAL_LENGTH = 375


def test_the_plan_of_e_n22_k4_is_the_optimal_one() -> None:
    _, points, _ = _read(folder() / "E-n22-k4.txt")

    ways = [[points[0], *(points[stop] for stop in trip), points[0]] for trip in OPTIMAL_PLAN]

    assert sum(_euclidean(a, b) for way in ways for a, b in pairwise(way)) == OPTIMAL_LENGTH


@pytest.mark.parametrize("name", ["E-n22-k4.txt", "RC208.vrp"])
def test_the_ways_of_several_reps_are_no_longer_than_those_of_the_best_plan(name: str) -> None:
    """Both plans give each rep as many stops. Loads and opening hours, which the best plans keep
    too, are nothing the planner knows; and its ways begin and end wherever that is shortest.
    """  # noqa: D205 - the second sentence belongs to the first
    _, points, _ = _read(folder() / name)
    best = OPTIMAL_PLAN if name.startswith("E-") else read_plan(folder() / "RC208.sol")
    stops = points[1:]
    costs = [[round(10 * math.dist(a, b)) for b in stops] for a in stops]

    ways = split_days(costs, [len(trip) for trip in best])

    assert sorted(index for way in ways for index in way) == list(range(len(stops)))
    assert [len(way) for way in ways] == [len(trip) for trip in best]
    of_best = [[stop - 1 for stop in trip] for trip in best]
    assert length_of(costs, ways) <= length_of(costs, of_best)


def length_of(costs: list[list[int]], ways: Sequence[Sequence[int]]) -> int:
    return sum(costs[a][b] for way in ways for a, b in pairwise(way))


def read_plan(file: Path) -> tuple[tuple[int, ...], ...]:
    routes = [line for line in file.read_text().splitlines() if line.startswith("Route")]
    return tuple(tuple(map(int, route.partition(":")[2].split())) for route in routes)
