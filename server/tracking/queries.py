"""Reading the day's track: filtered, and cut where nothing is known."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import literal, select

from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.teams.queries import team_of_rep
from server.tracking.models import TrackChunk
from shared.tracking.chunks import Piece, pieces_of_chunks
from shared.tracking.day import moved_m
from shared.tracking.stops import Stop, find_stops


@dataclass(frozen=True)
class Gap:
    """A time about which nothing is known."""

    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True)
class TrackedDay:
    """A rep's day as its track tells it."""

    rep_id: str
    rep_name: str
    time_zone: str
    day: dt.date
    track: Sequence[Piece]
    stops: Sequence[Stop]
    gaps: Sequence[Gap]
    distance_m: float
    fixes: int
    flagged: Mapping[str, int]
    """What is odd about fixes as they came, as codes of `shared.tracking.flags` with how many."""

    def in_order(self) -> list[tuple[str, Stop | Gap]]:
        """Return stops and gaps as they followed each other."""
        parts: list[tuple[dt.datetime, str, Stop | Gap]] = [
            *((stop.arrived_at, "stop", stop) for stop in self.stops),
            *((gap.start, "gap", gap) for gap in self.gaps),
        ]
        return [(kind, part) for _, kind, part in sorted(parts, key=lambda part: part[0])]


def day_of_rep(*, access: Access, rep_id: str, day: dt.date) -> TrackedDay:
    """Return the day of a rep, with or without a track.

    :raises NotFoundError: if there is no such rep, or none that the caller may see on that day
    """
    rep = db.session.scalar(
        select(User).where(
            User.id == rep_id, access.rows(User.id, literal(team_of_rep(rep_id, day)))
        )
    )
    if rep is None:
        raise NotFoundError
    chunks = _chunks(access, rep_id, day)
    track = pieces_of_chunks((chunk.fixes, chunk.received_at) for chunk in chunks)
    flagged: Counter[str] = Counter()
    for chunk in chunks:
        flagged.update({code: len(times) for code, times in chunk.flags.items()})
    stops = [(piece, find_stops(piece, gap=None)) for piece in track]
    return TrackedDay(
        rep_id=rep.id,
        rep_name=rep.name,
        time_zone=rep.time_zone,
        day=day,
        track=track,
        stops=[stop for _, found in stops for stop in found],
        gaps=[Gap(before[-1].at, after[0].at) for before, after in pairwise(track)],
        distance_m=sum(moved_m(piece, found) for piece, found in stops),
        fixes=sum(map(len, track)),
        flagged=dict(sorted(flagged.items())),
    )


def track_of_day(*, access: Access, rep_id: str, day: dt.date) -> list[Piece]:
    """Return the pieces of a rep's track, oldest first; between them is a gap."""
    return pieces_of_chunks(
        (chunk.fixes, chunk.received_at) for chunk in _chunks(access, rep_id, day)
    )


def _chunks(access: Access, rep_id: str, day: dt.date) -> Sequence[Any]:
    team_id = literal(team_of_rep(rep_id, day))
    return db.session.execute(
        select(TrackChunk.fixes, TrackChunk.received_at, TrackChunk.flags)
        .where(TrackChunk.rep_id == rep_id, TrackChunk.day == day)
        .where(access.rows(TrackChunk.rep_id, team_id))
    ).all()
