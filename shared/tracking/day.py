"""How a working day divides into time in stores, on the way, idle, and unknown."""

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.geo import Position, haversine_m
from shared.tracking.chunks import Piece
from shared.tracking.points import length_m
from shared.tracking.stops import LEAST, Stop, find_stops

Span = tuple[int, int]
"""From a second to a second, of the Unix time."""


@dataclass(frozen=True, slots=True)
class Circle:
    """The fence of a customer who was visited that day."""

    centre: Position
    radius_m: float

    def __contains__(self, position: Position) -> bool:
        return haversine_m(self.centre, position) <= self.radius_m


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDivision:
    """Whole seconds; `in_store_s + travel_s + idle_s + unknown_s == work_s`, always."""

    work_s: int
    """From the first check-in to the last check-out; 0 without a check-out."""
    in_store_s: int
    """Between check-in and check-out; visits that overlap count once."""
    travel_s: int
    """Known, and neither in a store nor idle."""
    idle_s: int
    """Standing still long enough, outside every fence."""
    unknown_s: int
    """Without a fix for more than fifteen minutes: nobody knows."""
    travel_m: int
    """Length of the whole day's track; gaps and what a parked phone jitters add nothing."""


def divide_day(
    *,
    track: Sequence[Piece],
    visits: Iterable[tuple[dt.datetime, dt.datetime | None]],
    fences: Sequence[Circle],
    idle_from: dt.timedelta = LEAST,
) -> DayDivision:
    """Divide a day.

    :param track: pieces without a gap
    :param visits: check-in and check-out of each
    :param idle_from: so long or longer somebody stands still to be idle; not below `LEAST`
    """
    times = [(_second(start), None if left is None else _second(left)) for start, left in visits]
    stores: list[Span] = [(start, left) for start, left in times if left is not None]
    begin = min((start for start, _ in times), default=0)
    work = begin, max([begin, *(left for _, left in stores)])
    stops = [(piece, find_stops(piece, gap=None)) for piece in track]
    idle = [
        (_second(stop.arrived_at), _second(stop.left_at))
        for _, found in stops
        for stop in found
        if stop.duration >= idle_from and not any(stop.centre in fence for fence in fences)
    ]
    known = [(_second(piece[0].at), _second(piece[-1].at)) for piece in track]
    # Each adds to the one before, so that nothing is counted twice and nothing is left over.
    in_store_s = _covered(stores, work)
    with_idle_s = _covered(stores + idle, work)
    known_s = _covered(stores + idle + known, work)
    work_s = work[1] - work[0]
    return DayDivision(
        work_s=work_s,
        in_store_s=in_store_s,
        travel_s=known_s - with_idle_s,
        idle_s=with_idle_s - in_store_s,
        unknown_s=work_s - known_s,
        travel_m=round(sum(moved_m(piece, found) for piece, found in stops)),
    )


def moved_m(piece: Piece, stops: Iterable[Stop]) -> float:
    """Return how far a piece of the track went; what a parked phone jitters adds nothing."""
    parked = sum(length_m(piece[stop.first : stop.last + 1]) for stop in stops)
    return max(0.0, length_m(piece) - parked)


def _covered(spans: Iterable[Span], within: Span) -> int:
    """Return how many seconds the spans cover together, within one."""
    total, reached = 0, within[0]
    for start, end in sorted(spans):
        covered = min(end, within[1]) - max(start, reached)
        total += max(0, covered)
        reached = max(reached, min(end, within[1]))
    return total


def _second(at: dt.datetime) -> int:
    # Cut as the databases do, so that this agrees with what SQL counts.
    return math.floor(at.timestamp())
