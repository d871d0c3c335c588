"""Starting and ending the working day, consent, and the day's track."""

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.events import mark_days, position_seen
from server.platform.held import make, newest, once
from server.tracking.models import TrackChunk, TrackingConsent, WorkDay
from shared.i18n import N_
from shared.time import business_day
from shared.tracking.chunks import pieces_of_chunks
from shared.tracking.flags import flag_fixes, is_future

LONGEST_DAY = dt.timedelta(hours=24)
_SECOND = dt.timedelta(seconds=1)
"""To which databases cut an instant."""


class UnknownWorkDayError(ProblemError):
    """No such started day of this rep."""

    code = "work_day.unknown"
    status = 404
    title = N_("This working day was not started.")


class OutsideWorkDayError(ProblemError):
    """Fixes from outside a working day are not kept."""

    code = "track.outside_work_day"
    status = 422
    title = N_("Positions outside the working day are not recorded.")


class NoConsentError(ProblemError):
    """The rep has not agreed to be tracked."""

    code = "track.no_consent"
    status = 422
    title = N_("The rep has not agreed to recording the day's track.")


def start_day(
    *,
    work_day_id: str,
    rep_id: str,
    time_zone: str,
    at: dt.datetime,
    content_sha256: bytes | None = None,
) -> WorkDay:
    """Begin a working day."""
    day = business_day(at, time_zone)
    work_day = WorkDay(
        id=work_day_id, rep_id=rep_id, day=day, started_at=at, content_sha256=content_sha256
    )
    db.session.add(work_day)
    db.session.flush()
    mark_days(rep_id, {day})
    return work_day


def end_day(*, work_day_id: str, rep_id: str, at: dt.datetime) -> WorkDay:
    """End a working day; the latest end counts.

    :raises UnknownWorkDayError: if this rep did not start it
    """
    work_day = db.session.get(WorkDay, work_day_id)
    if work_day is None or work_day.rep_id != rep_id:
        raise UnknownWorkDayError
    # A day that was ended days later was forgotten, not worked.
    at = min(at, work_day.started_at + LONGEST_DAY)
    work_day.ended_at = max(at, work_day.ended_at or at, work_day.started_at)
    db.session.flush()
    mark_days(rep_id, {work_day.day})
    return work_day


def record_consent(
    *,
    consent_id: str,
    rep_id: str,
    given: bool,
    text_version: str,
    at: dt.datetime,
    content_sha256: bytes | None = None,
) -> None:
    """Note a rep's yes or no to the track; the latest counts."""
    db.session.add(
        TrackingConsent(
            id=consent_id,
            rep_id=rep_id,
            given=given,
            decided_at=at,
            text_version=text_version,
            content_sha256=content_sha256,
        )
    )
    db.session.flush()


def record_track(
    *,
    chunk_id: str,
    rep_id: str,
    device_id: str | None,
    time_zone: str,
    fixes: list[list[Any]],
    received_at: dt.datetime,
    content_sha256: bytes | None = None,
) -> TrackChunk:
    """Keep a piece of the day's track as it came, with what is odd about its fixes.

    :param fixes: rows `[unix_ms, latitude, longitude, accuracy_m, is_mock]`
    :raises NoConsentError: without the rep's latest yes
    :raises OutsideWorkDayError: if a fix lies outside every working day of the rep
    """
    rows = sorted(fixes)
    received_ms = round(received_at.timestamp() * 1000)
    # What says that it is from the future tells nothing about when it was.
    past = [row[0] for row in rows if not is_future(row[0], received_ms=received_ms)]
    started_at, ended_at = (
        dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
        for at_ms in ((past[0], past[-1]) if past else (received_ms, received_ms))
    )
    check_recording(rep_id=rep_id, start=started_at, end=ended_at)
    day = business_day(started_at, time_zone)
    recorded = once(("chunks", rep_id, day), lambda: _chunks_of_day(rep_id, day))
    known_ms = _known_times(recorded, started_at, ended_at)
    recorded.append(_Recorded(chunk_id, started_at, ended_at, [row[0] for row in rows]))
    chunk = make(
        TrackChunk,
        id=chunk_id,
        rep_id=rep_id,
        device_id=device_id,
        day=day,
        started_at=started_at,
        ended_at=ended_at,
        fixes=rows,
        flags=flag_fixes(rows, received_ms=received_ms, known_ms=known_ms),
        received_at=received_at,
        content_sha256=content_sha256,
    )
    mark_days(rep_id, {day})
    _tell_where(chunk)
    return chunk


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A chunk of the day that came before."""

    chunk_id: str
    started_at: dt.datetime
    ended_at: dt.datetime
    times_ms: Sequence[int] | None = None
    """Of its fixes; None: they are in the database only."""


def _chunks_of_day(rep_id: str, day: dt.date) -> list[_Recorded]:
    rows = db.session.execute(
        select(TrackChunk.id, TrackChunk.started_at, TrackChunk.ended_at).where(
            TrackChunk.rep_id == rep_id, TrackChunk.day == day
        )
    )
    return [_Recorded(*row) for row in rows]


def _known_times(
    recorded: Sequence[_Recorded], start: dt.datetime, end: dt.datetime
) -> frozenset[int]:
    """Return the times of fixes that came before, of the chunks that overlap; mostly none do."""
    overlapping = [
        each
        for each in recorded
        if each.started_at <= end + _SECOND and each.ended_at + _SECOND >= start
    ]
    times = {at_ms for each in overlapping for at_ms in each.times_ms or ()}
    kept = [each.chunk_id for each in overlapping if each.times_ms is None]
    if kept:
        chunks = db.session.scalars(select(TrackChunk.fixes).where(TrackChunk.id.in_(kept)))
        times.update(fix[0] for fixes in chunks for fix in fixes)
    return frozenset(times)


def _tell_where(chunk: TrackChunk) -> None:
    pieces = pieces_of_chunks([(chunk.fixes, chunk.received_at)])
    if not pieces:
        return
    last = pieces[-1][-1]
    seen = functools.partial(
        position_seen.send,
        None,
        rep_id=chunk.rep_id,
        source="track",
        latitude=last.latitude,
        longitude=last.longitude,
        accuracy_m=last.accuracy_m,
        measured_at=last.at,
        battery_percent=None,
    )
    newest(("position", chunk.rep_id), last.at, seen)


def forget_tracks(*, before: dt.date) -> int:
    """Delete the tracks of days before this one; return how many chunks there were."""
    gone = db.session.execute(delete(TrackChunk).where(TrackChunk.day < before))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def check_recording(*, rep_id: str, start: dt.datetime, end: dt.datetime) -> None:
    """Check that positions of this time may be kept.

    :raises NoConsentError: without the rep's latest yes
    :raises OutsideWorkDayError: unless all of it lies in one working day of the rep
    """
    decisions = once(("consent", rep_id), lambda: _decisions(rep_id))
    if not next((given for decided_at, given in decisions if decided_at <= end), False):
        raise NoConsentError
    days = once(("work_days", rep_id, end.date()), lambda: _days_around(rep_id, end.date()))
    if not any(
        started_at <= start
        and (ended_at is None or ended_at >= end)
        # A day that nobody ended does not last for ever.
        and started_at > end - LONGEST_DAY
        for started_at, ended_at in days
    ):
        raise OutsideWorkDayError


def _decisions(rep_id: str) -> list[tuple[dt.datetime, bool]]:
    """Return when the rep said yes or no, the latest first."""
    rows = db.session.execute(
        select(TrackingConsent.decided_at, TrackingConsent.given)
        .where(TrackingConsent.rep_id == rep_id)
        .order_by(*TrackingConsent.latest_first())
    )
    return [(row.decided_at, row.given) for row in rows]


def _days_around(rep_id: str, day: dt.date) -> list[tuple[dt.datetime, dt.datetime | None]]:
    """Return start and end of the working days that may cover a moment of this day, in UTC."""
    midnight = dt.datetime.combine(day, dt.time(), dt.UTC)
    rows = db.session.execute(
        select(WorkDay.started_at, WorkDay.ended_at).where(
            WorkDay.rep_id == rep_id,
            WorkDay.started_at > midnight - LONGEST_DAY,
            WorkDay.started_at < midnight + dt.timedelta(days=1),
        )
    )
    return [(row.started_at, row.ended_at) for row in rows]
