"""Local search on a round trip: pieces turned round or moved, with kicks out of dead ends."""

import random
from collections.abc import Sequence
from typing import Final

Costs = Sequence[Sequence[int]]

_NEIGHBOURS: Final = 8
_LONGEST_PIECE: Final = 3
_WINDOW: Final = 50
_SEED: Final = 1


def polish(costs: Costs, order: list[int], *, kicks: int) -> list[int]:
    """Return the trip or a shorter one; the same for the same trip.

    2-opt and Or-opt among the nearest neighbours; then, `kicks` times, a piece of the trip is
    shuffled (double bridge), mended by the same, and kept unless it got longer.
    """
    size = len(order)
    near = [
        sorted((i for i in range(size) if i != node), key=costs[node].__getitem__)[:_NEIGHBOURS]
        for node in range(size)
    ]
    best = order[:]
    _mend(costs, near, best, list(best))
    if size < 8:
        return best
    chance = random.Random(_SEED)  # noqa: S311  (repeatable on purpose)
    for _ in range(kicks):
        turn = chance.randrange(size)
        trip = best[turn:] + best[:turn]
        a, b, c = sorted(chance.sample(range(1, min(size, _WINDOW)), 3))
        touched = [trip[i] for i in (0, a - 1, a, b - 1, b, c - 1, c % size)]
        change = (
            costs[trip[a - 1]][trip[b]]
            + costs[trip[c - 1]][trip[a]]
            + costs[trip[b - 1]][trip[c % size]]
            - costs[trip[a - 1]][trip[a]]
            - costs[trip[b - 1]][trip[b]]
            - costs[trip[c - 1]][trip[c % size]]
        )
        trip = trip[:a] + trip[b:c] + trip[a:b] + trip[c:]
        if change + _mend(costs, near, trip, touched) <= 0:
            best = trip
    return best


def _mend(costs: Costs, near: list[list[int]], trip: list[int], todo: list[int]) -> int:
    """Improve the trip in place around these stops; return the change of its length."""
    place = [0] * len(trip)
    for index, node in enumerate(trip):
        place[node] = index
    total = 0
    while todo:
        node = todo.pop()
        found = _turn(costs, near, trip, place, node) or _move(costs, near, trip, place, node)
        if found:
            change, touched = found
            total += change
            todo += touched
            for index, other in enumerate(trip):
                place[other] = index
    return total


def _turn(
    costs: Costs, near: list[list[int]], trip: list[int], place: list[int], a: int
) -> tuple[int, list[int]] | None:
    """2-opt: turn the piece between two stops round."""
    size = len(trip)
    for step in (1, -1):
        b = trip[(place[a] + step) % size]
        for c in near[a]:
            if costs[a][c] >= costs[a][b]:
                break
            d = trip[(place[c] + step) % size]
            change = costs[a][c] + costs[b][d] - costs[a][b] - costs[c][d]
            if change < 0:
                first, last = sorted((place[a], place[c]))
                if step == 1:
                    trip[first + 1 : last + 1] = trip[first + 1 : last + 1][::-1]
                else:
                    trip[first:last] = trip[first:last][::-1]
                return change, [a, b, c, d]
    return None


def _move(
    costs: Costs, near: list[list[int]], trip: list[int], place: list[int], a: int
) -> tuple[int, list[int]] | None:
    """Or-opt: move a short piece that begins or ends with the stop next to a near one."""
    size = len(trip)
    for length in range(1, min(_LONGEST_PIECE, size - 3) + 1):
        for step in (1, -1):
            # The piece runs from a to z; p and q stand around it.
            piece = [trip[(place[a] + step * i) % size] for i in range(length)]
            z = piece[-1]
            p, q = trip[(place[a] - step) % size], trip[(place[z] + step) % size]
            freed = costs[p][a] + costs[z][q] - costs[p][q]
            for c in near[a]:
                if costs[a][c] >= freed:
                    break
                if c in piece:
                    continue
                for side in (1, -1):
                    d = trip[(place[c] + side) % size]
                    if d in piece:
                        continue
                    change = costs[c][a] + costs[z][d] - costs[c][d] - freed
                    if change < 0:
                        _reinsert(trip, piece, c, d, after=side == 1)
                        return change, [p, q, c, d, a, z]
    return None


def _reinsert(trip: list[int], piece: list[int], c: int, d: int, *, after: bool) -> None:
    """Put the piece between two neighbours, its first stop beside c."""
    trip[:] = [node for node in trip if node not in piece]
    if after:
        at = trip.index(c) + 1
        trip[at:at] = piece
    else:
        at = trip.index(d) + 1
        trip[at:at] = piece[::-1]
