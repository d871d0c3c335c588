"""Short ways through stops: the order of a day, and the split of stops over days.

Costs are a square matrix of whole numbers (metres), the same there and back. VROOM does the work,
a local search makes good what it leaves on large days. The same question has the same answer.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from server.planning.operations.polish import Costs, polish

Order = list[int]

# VROOM's fastest for one day, as it is polished; a deeper one to tell days apart.
_ONE_DAY: Final = 0
_MANY_DAYS: Final = 3
_KICKS_PER_STOP: Final = 20
_THREADS: Final = 1
_FIRST = 0


def order_stops(costs: Costs) -> Order:
    """Return a short round trip: every index once, the first being 0, where it also ends.

    Never longer than nearest neighbour improved by 2-opt.
    """
    own = nearest_neighbour_and_two_opt(costs)
    if len(costs) < 4:
        return own
    solved = [_FIRST, *_solve(costs, [len(costs) - 1], exploration=_ONE_DAY)[0]]
    best = min(solved, own, key=lambda order: trip_length(costs, order))
    trip = polish(costs, best, kicks=_KICKS_PER_STOP * len(costs))
    start = trip.index(_FIRST)
    return trip[start:] + trip[:start]


def order_day(costs: Costs) -> Order:
    """Return a short way through all stops that begins and ends wherever that is shortest."""
    order = order_stops(_with_nowhere(costs))
    return [index - 1 for index in order[1:]]


def split_days(costs: Costs, sizes: Sequence[int]) -> list[Order]:
    """Split stops over days of these sizes, so that the ways of all days together are short.

    :param sizes: stops of each day; together all stops
    :raises ValueError: if the sizes do not add up
    """
    if sum(sizes) != len(costs):
        raise ValueError(f"{sum(sizes)} places for {len(costs)} stops")
    used = [size for size in sizes if size]
    if not used:
        return [[] for _ in sizes]
    found = iter(_solve(_with_nowhere(costs), used, exploration=_MANY_DAYS))
    return [[index - 1 for index in next(found)] if size else [] for size in sizes]


def trip_length(costs: Costs, order: Sequence[int]) -> int:
    """Return the cost of a round trip."""
    return sum(costs[here][there] for here, there in pairwise([*order, *order[:1]]))


def nearest_neighbour_and_two_opt(costs: Costs) -> Order:
    """Return the round trip from 0 that no answer may be worse than."""
    return _two_opt(costs, _nearest_neighbour(costs))


def _with_nowhere(costs: Costs) -> list[list[int]]:
    """Put a place first that is next door to everywhere: a round trip from it is an open way."""
    return [[0] * (len(costs) + 1), *([0, *row] for row in costs)]


def _solve(costs: Costs, sizes: Sequence[int], *, exploration: int) -> list[Order]:
    """Return a trip from 0 and back for each size, without the 0."""
    # Loads pandas, a second and 80 MB: not for processes that plan nothing.
    import numpy as np  # noqa: PLC0415
    import vroom  # noqa: PLC0415

    problem = vroom.Input()
    problem.set_durations_matrix("car", np.array(costs, dtype=np.uint32))
    for number, size in enumerate(sizes):
        problem.add_vehicle(vroom.Vehicle(number, start=_FIRST, end=_FIRST, max_tasks=size))
    for index in range(1, len(costs)):
        problem.add_job(vroom.Job(index, location=index))
    solution = problem.solve(exploration_level=exploration, nb_threads=_THREADS)
    trips: list[Order] = [[] for _ in sizes]
    for route in solution.to_dict()["routes"]:
        trips[route["vehicle"]] = [step["id"] for step in route["steps"] if step["type"] == "job"]
    # There is room for all; should the solver leave one over, it goes where room is left.
    for index in sorted(set(range(1, len(costs))).difference(*trips)):
        next(trip for trip, size in zip(trips, sizes, strict=True) if len(trip) < size).append(
            index
        )
    return trips


def _nearest_neighbour(costs: Costs) -> Order:
    order, left = [_FIRST], set(range(1, len(costs)))
    while left:
        row = costs[order[-1]]
        nearest = min(left, key=lambda index: (row[index], index))
        left.remove(nearest)
        order.append(nearest)
    return order


def _two_opt(costs: Costs, order: Order) -> Order:
    """Turn pieces round while that makes the trip shorter."""
    size = len(order)
    improved = True
    while improved:
        improved = False
        for start in range(size - 2):
            a, b = order[start], order[start + 1]
            for end in range(start + 2, size if start else size - 1):
                c, d = order[end], order[(end + 1) % size]
                if costs[a][c] + costs[b][d] < costs[a][b] + costs[c][d]:
                    order[start + 1 : end + 1] = order[start + 1 : end + 1][::-1]
                    b = order[start + 1]
                    improved = True
    return order
