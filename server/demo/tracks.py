"""A rep's way through the day, as a phone samples it: often when moving, seldom when not."""

import datetime as dt
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from server.demo.blueprint import Company
from server.demo.chance import Chance
from server.demo.days import WorkedDay
from server.demo.rows import Rows
from server.demo.territory import shift
from server.live.models import LastPosition
from server.tracking.models import TrackChunk
from shared.geo import Position, haversine_m
from shared.tracking.chunks import MAX_FIXES

_STILL_EVERY_S = 300
# A real phone keeps one every 30 s; a third of that draws the same way with fewer rows.
_MOVING_EVERY_S = 90


def add_track(rows: Rows, company: Company, worked: WorkedDay, *, until: dt.datetime) -> None:
    """Add the day's track up to now, in chunks as they were sent."""
    chance = company.chance("track", worked.rep.code, worked.day)
    fixes = [fix for fix in _fixes(chance, worked) if fix[0] <= until.timestamp() * 1000]
    for first in range(0, len(fixes), MAX_FIXES):
        chunk = fixes[first : first + MAX_FIXES]
        started_at, ended_at = (
            dt.datetime.fromtimestamp(fix[0] / 1000, dt.UTC) for fix in (chunk[0], chunk[-1])
        )
        rows.add(
            TrackChunk,
            id=chance.record_id(started_at),
            rep_id=worked.rep.id,
            device_id=worked.rep.device_id,
            day=worked.day,
            started_at=started_at,
            ended_at=ended_at,
            fixes=chunk,
            received_at=min(ended_at + dt.timedelta(seconds=chance.randrange(3, 900)), until),
            content_sha256=None,
        )
    if fixes:
        _add_last_position(rows, worked, fixes[-1], received_at=until)


def _add_last_position(
    rows: Rows, worked: WorkedDay, fix: list[Any], *, received_at: dt.datetime
) -> None:
    at_ms, latitude, longitude, accuracy_m, _ = fix
    measured_at = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
    worked_h = (measured_at - worked.starts_at).total_seconds() / 3600
    rows.add(
        LastPosition,
        rep_id=worked.rep.id,
        latitude=latitude,
        longitude=longitude,
        accuracy_m=accuracy_m,
        battery_percent=max(8, 96 - round(worked_h * 7)),
        source="track",
        measured_at=measured_at,
        received_at=received_at,
    )


def _fixes(chance: Chance, worked: WorkedDay) -> list[list[Any]]:
    rows: list[list[Any]] = []
    off_from, off_until = _switched_off(chance, worked)
    for at, position in _points(chance, worked):
        if not worked.starts_at <= at <= worked.ends_at or off_from <= at < off_until:
            continue
        accuracy_m = round(min(chance.about(9, spread=0.4), 90), 1)
        at_ms = int(at.timestamp() * 1000)
        rows.append([at_ms, position.latitude, position.longitude, accuracy_m, False])
    return rows


def _points(chance: Chance, worked: WorkedDay) -> Iterator[tuple[dt.datetime, Position]]:
    """Yield where the rep was, oldest first, with the jitter of a phone at rest."""
    for stay, following in pairwise([*worked.stays, None]):
        assert stay is not None
        at = stay.starts_at
        while at < stay.ends_at:
            yield at, _jitter(chance, stay.position)
            at += dt.timedelta(seconds=_STILL_EVERY_S)
        if following is None:
            yield stay.ends_at, _jitter(chance, stay.position)
            return
        yield from _ride(
            chance,
            *(stay.ends_at, stay.position),
            *(following.starts_at, following.position),
        )


def _ride(
    chance: Chance, leaves_at: dt.datetime, start: Position, arrives_at: dt.datetime, end: Position
) -> Iterator[tuple[dt.datetime, Position]]:
    """Yield points along two bends, as roads have them."""
    length_m = haversine_m(start, end)
    if length_m < 1:
        return
    bearing = math.atan2(end.longitude - start.longitude, end.latitude - start.latitude)
    sideways = chance.choice((-1, 1)) * chance.uniform(0.15, 0.3) * length_m
    bends = [
        shift(_between(start, end, share), distance_m=abs(sideways), bearing=bearing + turn)
        for share in (0.3, 0.7)
        for turn in (math.copysign(math.pi / 2, sideways),)
    ]
    corners = [start, *bends, end]
    duration_s = (arrives_at - leaves_at).total_seconds()
    count = max(1, int(duration_s // _MOVING_EVERY_S))
    for number in range(count):
        share = number / count
        yield leaves_at + dt.timedelta(seconds=duration_s * share), _along(corners, share)


def _along(corners: list[Position], share: float) -> Position:
    lengths = [haversine_m(a, b) for a, b in pairwise(corners)]
    left = share * sum(lengths)
    for (a, b), length in zip(pairwise(corners), lengths, strict=True):
        if left <= length:
            return _between(a, b, left / length if length else 0.0)
        left -= length
    return corners[-1]


def _between(a: Position, b: Position, share: float) -> Position:
    return Position(
        round(a.latitude + (b.latitude - a.latitude) * share, 6),
        round(a.longitude + (b.longitude - a.longitude) * share, 6),
    )


def _jitter(chance: Chance, position: Position) -> Position:
    return shift(
        position, distance_m=abs(chance.gauss(0, 6)), bearing=chance.uniform(0, 2 * math.pi)
    )


def _switched_off(chance: Chance, worked: WorkedDay) -> tuple[dt.datetime, dt.datetime]:
    """Return when the phone was off: on one day in twenty for an hour or so, else never."""
    start = worked.starts_at + dt.timedelta(minutes=chance.uniform(60, 300))
    minutes = chance.uniform(35, 95) if chance.happens(0.05) else 0.0
    return start, start + dt.timedelta(minutes=minutes)
