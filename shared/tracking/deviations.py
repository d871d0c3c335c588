"""How a day differed from its plan."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from shared.geo import Position, haversine_m
from shared.tracking.stops import Stop

NEAR_M = 150.0
"""As far from an outlet a rep may wait, park or be measured."""
LONG = dt.timedelta(minutes=15)


class DeviationKind(StrEnum):
    """What was not as planned."""

    MISSED = "missed"
    CANCELLED = "cancelled"
    OUT_OF_ORDER = "out_of_order"
    UNPLANNED = "unplanned"
    STANDING = "standing"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStop:
    """A stop of the plan and what became of it."""

    number: int
    """Its place in the plan, from 1."""
    name: str
    position: Position | None
    visited_at: dt.datetime | None = None
    visit_id: str | None = None
    cancel_reason: str | None = None
    """Why it was taken out; None where it was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnplannedVisit:
    """A visit that no stop asked for."""

    name: str
    visit_id: str
    visited_at: dt.datetime | None
    position: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One thing that was not as planned; what does not apply is None."""

    kind: DeviationKind
    name: str = ""
    number: int | None = None
    visit_id: str | None = None
    at: dt.datetime | None = None
    until: dt.datetime | None = None
    reason: str = ""


def compare(
    planned: Sequence[PlannedStop], unplanned: Iterable[UnplannedVisit], standing: Iterable[Stop]
) -> list[Deviation]:
    """Return what was not as planned: stops in their order, then the others by time.

    :param planned: the day's stops in their order
    :param standing: where the track stood still
    """
    unplanned = list(unplanned)
    seen = [*(stop.position for stop in planned), *(visit.position for visit in unplanned)]
    places = [place for place in seen if place is not None]
    moved = _out_of_order(planned)
    of_stops = [found for stop in planned if (found := _of_stop(stop, moved)) is not None]
    others = [
        Deviation(
            kind=DeviationKind.UNPLANNED,
            name=visit.name,
            visit_id=visit.visit_id,
            at=visit.visited_at,
        )
        for visit in unplanned
    ]
    others += [
        Deviation(kind=DeviationKind.STANDING, at=stop.arrived_at, until=stop.left_at)
        for stop in standing
        if stop.duration >= LONG
        and all(haversine_m(stop.centre, place) > NEAR_M for place in places)
    ]
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    return of_stops + sorted(others, key=lambda each: each.at or latest)


def way_m(places: Sequence[Position | None]) -> float:
    """Return the length of the way from place to place as the crow flies, metres."""
    known = [place for place in places if place is not None]
    return sum(haversine_m(here, there) for here, there in pairwise(known))


def _of_stop(stop: PlannedStop, moved: set[int]) -> Deviation | None:
    if stop.visited_at is not None:
        kind = DeviationKind.OUT_OF_ORDER if stop.number in moved else None
    else:
        kind = DeviationKind.MISSED if stop.cancel_reason is None else DeviationKind.CANCELLED
    if kind is None:
        return None
    return Deviation(
        kind=kind,
        name=stop.name,
        number=stop.number,
        visit_id=stop.visit_id,
        at=stop.visited_at,
        reason=stop.cancel_reason or "",
    )


def _out_of_order(planned: Sequence[PlannedStop]) -> set[int]:
    """Return the fewest stops without which the others were visited in the planned order."""
    visited = [(stop.visited_at, stop.number) for stop in planned if stop.visited_at is not None]
    numbers = [number for _, number in sorted(visited)]
    # The longest rising run: for each length the smallest number that such a run ends with.
    ends: list[int] = []
    runs: dict[int, tuple[int, ...]] = {}
    for number in numbers:
        place = bisect_left(ends, number)
        before = runs[ends[place - 1]] if place else ()
        ends[place : place + 1] = [number]
        runs[number] = (*before, number)
    kept = runs[ends[-1]] if ends else ()
    return set(numbers) - set(kept)
