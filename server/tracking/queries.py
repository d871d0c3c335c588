"""Reading the day's track: filtered, and cut where nothing is known."""

import datetime as dt

from sqlalchemy import literal, select

from server.platform.access import Access
from server.platform.database import db
from server.teams.queries import team_of_rep
from server.tracking.models import TrackChunk
from shared.tracking.chunks import Piece, pieces_of_chunks


def track_of_day(*, access: Access, rep_id: str, day: dt.date) -> list[Piece]:
    """Return the pieces of a rep's track, oldest first; between them is a gap."""
    team_id = literal(team_of_rep(rep_id, day))
    chunks = db.session.execute(
        select(TrackChunk.fixes, TrackChunk.received_at)
        .where(TrackChunk.rep_id == rep_id, TrackChunk.day == day)
        .where(access.rows(TrackChunk.rep_id, team_id))
    )
    return pieces_of_chunks((chunk.fixes, chunk.received_at) for chunk in chunks)
