"""Fixes of a track: which of them can be believed, and the pieces without a gap they make."""

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.geo import Position

WORST_ACCURACY_M = 200.0
"""A fix that knows its place worse than this says nothing about a way."""
CLOCKS_DIFFER = dt.timedelta(minutes=2)
"""By so much the satellites' time and the server's may differ; later is from the future."""
GAP = dt.timedelta(minutes=15)
"""A longer silence is no data: nobody knows where the phone was."""
FASTEST_MPS = 200 / 3.6
"""Nobody visits customers faster than this, 200 km/h."""

# WGS84: equatorial radius and squared eccentricity.
_EQUATOR_M = 6_378_137.0
_E2 = 0.006694379990141316


@dataclass(frozen=True, slots=True)
class TrackPoint(Position):
    """A fix of the track."""

    at: dt.datetime
    accuracy_m: float | None = None
    """The platform's 68 % radius; None where it gave none."""
    is_mock: bool = False


def step_m(a: Position, b: Position) -> float:
    """Return the distance between neighbours of a track in metres.

    Flat, with the curvature of WGS84 in their middle: within a millimetre per kilometre of the
    geodesic, and a hundred times faster. Not for points hundreds of kilometres apart.
    """
    middle = math.radians((a.latitude + b.latitude) / 2)
    sine = math.sin(middle)
    squeeze = 1 - _E2 * sine * sine
    meridian = _EQUATOR_M * (1 - _E2) / (squeeze * math.sqrt(squeeze))
    normal = _EQUATOR_M / math.sqrt(squeeze)
    east = (b.longitude - a.longitude + 180) % 360 - 180
    return math.hypot(
        math.radians(b.latitude - a.latitude) * meridian,
        math.radians(east) * normal * math.cos(middle),
    )


def is_impossible(a: TrackPoint, b: TrackPoint, *, fastest_mps: float = FASTEST_MPS) -> bool:
    """Return whether nobody can have gone from `a` to `b`, even at the edge of their accuracies."""
    reach = fastest_mps * abs((b.at - a.at).total_seconds())
    return step_m(a, b) - (a.accuracy_m or 0.0) - (b.accuracy_m or 0.0) > reach


def believable(
    fixes: Iterable[TrackPoint], *, until: dt.datetime, fastest_mps: float = FASTEST_MPS
) -> list[TrackPoint]:
    """Return the fixes that can be believed, oldest first, one for each moment.

    Left out are fixes from the future, at 0° 0° (how broken receivers say "nowhere"), weaker than
    200 m, and single ones that jump away and back.

    :param until: when the server received them; its clock may be two minutes behind
    """
    latest = until + CLOCKS_DIFFER
    kept: dict[dt.datetime, TrackPoint] = {}
    for fix in fixes:
        if fix.at <= latest and (fix.latitude or fix.longitude) and _is_sharp(fix):
            kept.setdefault(fix.at, fix)
    ordered = sorted(kept.values(), key=lambda fix: fix.at)
    return [
        fix
        for number, fix in enumerate(ordered)
        if not _is_spike(ordered[max(0, number - 1) : number + 2], fastest_mps)
    ]


def pieces(
    points: Sequence[TrackPoint],
    *,
    gap: dt.timedelta | None = GAP,
    fastest_mps: float = FASTEST_MPS,
) -> list[list[TrackPoint]]:
    """Cut a track where it is silent for longer than the gap, or leaps impossibly far."""
    cut: list[list[TrackPoint]] = []
    previous: TrackPoint | None = None
    for point in points:
        if (
            previous is None
            or (gap is not None and point.at - previous.at > gap)
            or is_impossible(previous, point, fastest_mps=fastest_mps)
        ):
            cut.append([])
        cut[-1].append(point)
        previous = point
    return cut


def length_m(points: Sequence[Position]) -> float:
    """Return the length of the way through all points, in metres."""
    return sum(step_m(a, b) for a, b in pairwise(points))


def _is_spike(neighbours: Sequence[TrackPoint], fastest_mps: float) -> bool:
    """Return whether the middle one of three jumps away and the third is back again."""
    if len(neighbours) < 3:
        return False
    before, fix, after = neighbours
    return (
        is_impossible(before, fix, fastest_mps=fastest_mps)
        and is_impossible(fix, after, fastest_mps=fastest_mps)
        and not is_impossible(before, after, fastest_mps=fastest_mps)
    )


def _is_sharp(fix: TrackPoint) -> bool:
    return fix.accuracy_m is None or fix.accuracy_m <= WORST_ACCURACY_M
