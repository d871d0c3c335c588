"""Starting and ending the working day, consent, and the day's track."""

import datetime as dt
from typing import Any

from sqlalchemy import select

from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.events import mark_days
from server.tracking.models import TrackChunk, TrackingConsent, WorkDay
from shared.i18n import N_
from shared.time import business_day


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
    """Keep a piece of the day's track.

    :param fixes: rows `[unix_ms, latitude, longitude, accuracy_m, is_mock]`
    :raises NoConsentError: without the rep's latest yes
    :raises OutsideWorkDayError: if a fix lies outside every working day of the rep
    """
    rows = sorted(fixes)
    started_at = dt.datetime.fromtimestamp(rows[0][0] / 1000, dt.UTC)
    ended_at = dt.datetime.fromtimestamp(rows[-1][0] / 1000, dt.UTC)
    _check_consent(rep_id, at=ended_at)
    day = business_day(started_at, time_zone)
    _check_work_day(rep_id, day, started_at, ended_at)
    chunk = TrackChunk(
        id=chunk_id,
        rep_id=rep_id,
        device_id=device_id,
        day=day,
        started_at=started_at,
        ended_at=ended_at,
        fixes=rows,
        received_at=received_at,
        content_sha256=content_sha256,
    )
    db.session.add(chunk)
    db.session.flush()
    mark_days(rep_id, {day})
    return chunk


def _check_consent(rep_id: str, *, at: dt.datetime) -> None:
    given = db.session.scalar(
        select(TrackingConsent.given)
        .where(TrackingConsent.rep_id == rep_id, TrackingConsent.decided_at <= at)
        .order_by(TrackingConsent.decided_at.desc())
        .limit(1)
    )
    if not given:
        raise NoConsentError


def _check_work_day(
    rep_id: str, day: dt.date, started_at: dt.datetime, ended_at: dt.datetime
) -> None:
    days = db.session.scalars(select(WorkDay).where(WorkDay.rep_id == rep_id, WorkDay.day == day))
    for work_day in days:
        if work_day.started_at <= started_at and (
            work_day.ended_at is None or ended_at <= work_day.ended_at
        ):
            return
    raise OutsideWorkDayError
