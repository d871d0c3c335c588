"""Days with a track that come to given totals; parameters are named like the measures."""

from collections.abc import Callable

from server.tracking.models import TrackChunk
from shared.sync.ids import new_id
from shared.tracking.points import TrackPoint, length_m
from tests.factories.examples.field import MORNING, cost
from tests.factories.examples.world import MADE_AT, World, moment, parts
from tests.factories.tracks import METRES_PER_DEGREE, MONAS

Way = list[tuple[int, float]]
"""Seconds after the morning's start, and metres north of Monas."""
STEP_S = 60
_FAST_M = 400
"""So far in a step: far enough to stand nowhere."""


def distance(w: World, *, travel_m: int, tracked_days: int = 2) -> None:
    for number, metres in enumerate(parts(travel_m, tracked_days)):
        _record(w, number, _way(metres))


def travelling(w: World, *, travel_s: int, tracked_days: int) -> None:
    for number, seconds in enumerate(parts(travel_s, tracked_days)):
        _record(w, number, _ride(0, seconds))
        _work(w, number, seconds)


def idle(w: World, *, idle_s: int, tracked_days: int) -> None:
    for number, seconds in enumerate(parts(idle_s, tracked_days)):
        there = _ride(0, 30 * STEP_S)
        arrived, north = there[-1]
        # It is left with the first fix beyond it.
        stay = [(arrived + second, north) for second in range(STEP_S, seconds, STEP_S)]
        back = _ride(arrived + seconds, arrived + seconds + 30 * STEP_S, north + _FAST_M)
        _record(w, number, [*there, *stay, *back])
        _work(w, number, back[-1][0])


def unknown(w: World, *, unknown_s: int, tracked_work_s: int) -> None:
    silent_from = tracked_work_s // 2
    before = _ride(0, silent_from)
    after = _ride(silent_from + unknown_s, tracked_work_s, before[-1][1] + _FAST_M)
    _record(w, 0, [*before, *after])
    _work(w, 0, tracked_work_s)


def cost_of_the_way(w: World, *, travel_cost: int, expenses: int = 0, calls: int = 0) -> None:
    """Let the first four days be travelled for 3,000 a kilometre, the tenth for 2,500."""
    early, late = (travel_cost, 0) if expenses else (0, travel_cost)
    for number, metres in enumerate(parts(early // 300, 4) if early else ()):
        _record(w, number, _way(metres))
    if late:
        _record(w, 9, _way(late // 250))
    if expenses:
        cost(w, expenses=expenses, calls=calls)


def _work(w: World, number: int, seconds: int) -> None:
    """Visit for no time at the start and at the end of so many seconds."""
    w.visit(number, MORNING, seconds=0)
    w.visit(number, MORNING + seconds, seconds=0)


def _ride(start_s: int, end_s: int, north: float = 0) -> Way:
    times = [*range(start_s, end_s, STEP_S), end_s]
    return [(second, north + _FAST_M * place) for place, second in enumerate(times)]


def _way(metres: int) -> Way:
    """Return a way of this length to the millimetre, so that it is not a metre off."""
    steps = max(2, metres // _FAST_M)
    rough = [(place * STEP_S, metres * place / steps) for place in range(steps + 1)]
    measured = length_m(
        [
            TrackPoint(MONAS[0] + north / METRES_PER_DEGREE, MONAS[1], MADE_AT, 8.0)
            for _, north in rough
        ]
    )
    return [(second, north * metres / measured) for second, north in rough]


def _record(w: World, number: int, way: Way) -> None:
    day = w.day(number)
    fixes = [
        [
            round(moment(day, MORNING + second).timestamp() * 1000),
            MONAS[0] + north / METRES_PER_DEGREE,
            MONAS[1],
            8.0,
            False,
        ]
        for second, north in way
    ]
    for first in range(0, len(fixes), 60):
        some = fixes[first : first + 60]
        w.rows.add(
            TrackChunk, id=new_id(), rep_id=w.rep, device_id=None, day=day, fixes=some,
            started_at=moment(day, MORNING + way[first][0]),
            ended_at=moment(day, MORNING + way[min(first + 59, len(way) - 1)][0]),
            received_at=moment(day, 23 * 3600),
        )  # fmt: skip


TRACKS: tuple[Callable[..., None], ...] = (distance, travelling, idle, unknown, cost_of_the_way)
