"""Reading the day's track: filtered, and cut where nothing is known."""

import datetime as dt
from operator import itemgetter

from sqlalchemy import literal, select

from server.platform.access import Access
from server.platform.database import db
from server.teams.queries import team_of_rep
from server.tracking.models import TrackChunk

GAP = dt.timedelta(minutes=15)
"""A longer silence is no data, and is shown as a gap."""
WORST_ACCURACY_M = 200.0

Place = tuple[float, float]


def track_of_day(*, access: Access, rep_id: str, day: dt.date) -> list[list[Place]]:
    """Return the pieces of a rep's track as `(latitude, longitude)`; between them is a gap."""
    team_id = literal(team_of_rep(rep_id, day))
    chunks = db.session.scalars(
        select(TrackChunk.fixes)
        .where(TrackChunk.rep_id == rep_id, TrackChunk.day == day)
        .where(access.rows(TrackChunk.rep_id, team_id))
        .order_by(TrackChunk.started_at)
    )
    pieces: list[list[Place]] = []
    previous_ms: int | None = None
    fixes = sorted((fix for rows in chunks for fix in rows), key=itemgetter(0))
    for at_ms, latitude, longitude, accuracy_m, *_ in fixes:
        if accuracy_m is not None and accuracy_m > WORST_ACCURACY_M:
            continue
        if previous_ms is None or at_ms - previous_ms > GAP / dt.timedelta(milliseconds=1):
            pieces.append([])
        pieces[-1].append((latitude, longitude))
        previous_ms = at_ms
    return pieces
