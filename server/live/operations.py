"""Keeping a rep's last position: sent while online, or read from what came with a sync."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete

from server.live.models import LastPosition
from server.platform.database import db, dialect_insert
from server.platform.prepared import Prepared
from server.teams.queries import teams_of_reps
from server.tracking.operations import check_recording


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a rep is, as one fix says."""

    latitude: float
    longitude: float
    accuracy_m: float | None
    measured_at: dt.datetime
    battery_percent: int | None = None


def keep_live_position(*, rep_id: str, place: Place, received_at: dt.datetime) -> bool:
    """Keep a position the phone sent at once; return whether it is the newest.

    :raises NoConsentError: without the rep's latest yes
    :raises OutsideWorkDayError: before the start and after the end of the working day
    """
    check_recording(rep_id=rep_id, start=place.measured_at, end=place.measured_at)
    kept = _columns(rep_id, place, source="live", received_at=received_at)
    return _KEEP_AND_TELL.first(**kept) is not None


def note_position(_sender: object, *, rep_id: str, source: str, **place: object) -> None:
    """Keep the position of a check-in, a check-out or a track, if it is the newest."""
    where = Place(**place)  # type: ignore[arg-type]
    _KEEP.write(**_columns(rep_id, where, source=source, received_at=where.measured_at))


def forget_positions(*, before: dt.datetime) -> None:
    """Delete last positions that were measured before."""
    db.session.execute(delete(LastPosition).where(LastPosition.measured_at < before))


def day_news(rep_ids: set[str], *, day: dt.date) -> list[dict[str, Any]]:
    """Return the news that something changed in the day of these reps."""
    teams = teams_of_reps(rep_ids, day)
    return [{"kind": "day", "rep_id": rep_id, "team_id": teams.get(rep_id)} for rep_id in rep_ids]


def _columns(rep_id: str, place: Place, *, source: str, received_at: dt.datetime) -> dict[str, Any]:
    return {**asdict(place), "rep_id": rep_id, "source": source, "received_at": received_at}


def _keeping() -> Any:
    statement = dialect_insert(LastPosition.__table__)
    kept = [column.name for column in LastPosition.__table__.columns if not column.primary_key]
    return statement.on_conflict_do_update(
        index_elements=["rep_id"],
        set_={name: statement.excluded[name] for name in kept},
        where=LastPosition.measured_at < statement.excluded.measured_at,
    )


_COLUMNS = [column.name for column in LastPosition.__table__.columns]
_KEEP = Prepared(_keeping, columns=_COLUMNS)
_KEEP_AND_TELL = Prepared(lambda: _keeping().returning(LastPosition.rep_id), columns=_COLUMNS)
