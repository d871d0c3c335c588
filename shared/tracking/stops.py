"""Where a track stood still."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from shared.geo import Position, haversine_m
from shared.tracking.points import GAP, TrackPoint

RADIUS_M = 100.0
LEAST = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Stop:
    """A stay: all fixes from arrival to departure lie within the radius of the first of them."""

    arrived_at: dt.datetime
    left_at: dt.datetime
    """The first fix beyond the radius; before a gap and at the end, the last one within."""
    centre: Position
    first: int
    """Number of its first fix in the track."""
    last: int
    """Number of its last fix within the radius."""

    @property
    def duration(self) -> dt.timedelta:
        """Return how long it lasted."""
        return self.left_at - self.arrived_at


def find_stops(
    points: Sequence[TrackPoint],
    *,
    radius_m: float = RADIUS_M,
    least: dt.timedelta = LEAST,
    or_equal: bool = True,
    gap: dt.timedelta | None = GAP,
    unfinished: bool = True,
) -> list[Stop]:
    """Return the stops of a track whose fixes are in order.

    :param least: how long a stop lasts at least
    :param or_equal: whether exactly `least` is long enough
    :param gap: a longer silence ends a stop: a phone that is switched off is no data, not a stop;
        None lets a stop go on however long nothing was heard
    :param unfinished: whether a stop counts that no fix beyond the radius ended: the last of the
        track, and one before a gap
    """
    return [
        stop
        for stop, finished in _stays(points, radius_m, gap)
        if (finished or unfinished)
        and (stop.duration > least or (or_equal and stop.duration == least))
    ]


def _stays(
    points: Sequence[TrackPoint], radius_m: float, gap: dt.timedelta | None
) -> Iterator[tuple[Stop, bool]]:
    """Yield each run of fixes near its first one, and whether a fix beyond the radius ended it."""
    first = 0
    for number in range(1, len(points)):
        point = points[number]
        if gap is not None and point.at - points[number - 1].at > gap:
            yield _stop(points, first, number - 1, points[number - 1].at), False
            first = number
        elif haversine_m(points[first], point) > radius_m:
            yield _stop(points, first, number - 1, point.at), True
            first = number
    if points:
        yield _stop(points, first, len(points) - 1, points[-1].at), False


def _stop(points: Sequence[TrackPoint], first: int, last: int, left_at: dt.datetime) -> Stop:
    within = points[first : last + 1]
    centre = Position(
        median(point.latitude for point in within), median(point.longitude for point in within)
    )
    return Stop(points[first].at, left_at, centre, first, last)
