"""Reading the day's track: filtered, and cut where nothing is known."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import literal, select

from server.platform.access import Access
from server.platform.database import db
from server.teams.queries import team_of_rep
from server.tracking.models import TrackChunk
from shared.tracking.points import TrackPoint, believable, pieces

Piece = list[TrackPoint]


def track_of_day(*, access: Access, rep_id: str, day: dt.date) -> list[Piece]:
    """Return the pieces of a rep's track, oldest first; between them is a gap."""
    team_id = literal(team_of_rep(rep_id, day))
    chunks = db.session.execute(
        select(TrackChunk.fixes, TrackChunk.received_at)
        .where(TrackChunk.rep_id == rep_id, TrackChunk.day == day)
        .where(access.rows(TrackChunk.rep_id, team_id))
    )
    return track_of_chunks((chunk.fixes, chunk.received_at) for chunk in chunks)


def track_of_chunks(chunks: Iterable[tuple[Sequence[Any], dt.datetime]]) -> list[Piece]:
    """Return the pieces that these chunks, each with the moment it was received, make together."""
    points: list[TrackPoint] = []
    for fixes, received_at in chunks:
        points += believable((_point(*fix) for fix in fixes), until=received_at)
    # Again as one: chunks may overlap, and a jump may lie where two meet.
    latest = max((point.at for point in points), default=None)
    return [] if latest is None else pieces(believable(points, until=latest))


def _point(
    at_ms: int, latitude: float, longitude: float, accuracy_m: float | None, is_mock: bool
) -> TrackPoint:
    at = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
    # 0 m is how some platforms say that they do not know.
    return TrackPoint(latitude, longitude, at, accuracy_m or None, bool(is_mock))
