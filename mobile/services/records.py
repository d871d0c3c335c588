"""What is recorded about the rep: kinds, the day's route, for how long, and a copy of it all."""

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mobile.services.recorder import DiskFullError, Recorder, ServiceError, is_disk_full
from mobile.storage import days, device, recorded, signals, tracks
from mobile.storage.device import DeviceState, from_ms, to_ms
from mobile.storage.export_files import ExportFiles
from mobile.storage.outbox import KEEP_SETTLED_MS
from shared.signals import Decision, Rule
from shared.time import business_day
from shared.tracking.points import TrackPoint, believable, length_m, pieces

PHONE_KEEPS_DAYS = KEEP_SETTLED_MS // (24 * 3600 * 1000)
_DAYS_TO_CHOOSE = 7
_MOST_SHOWN = 50

Office = Callable[[], tuple[dict[str, Any] | None, str]]
"""Returns what the office has, or None and the code of what stood in the way."""


class CopyNotSavedError(ServiceError):
    """The folder cannot be written to."""

    code = "copy_not_saved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How much of one kind of evidence there is on this phone."""

    name: str
    count: int
    oldest_on: dt.date | None
    newest_on: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePart:
    """A piece of the route, or the gap between two."""

    start_at: dt.datetime
    end_at: dt.datetime
    points: int = 0
    """0: a gap, of which nobody knows where the phone was."""
    length_m: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalView:
    """Something in a day that the office looks at, with what was said to it."""

    id: str
    rule: Rule
    day: dt.date
    customer: str
    inputs: Mapping[str, Any]
    answer: str
    decision: Decision | None
    reason: str
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A point the rep proposed for a customer."""

    id: str
    customer: str
    proposed_on: dt.date
    accuracy_m: float | None
    approved: bool | None
    """None: nobody has decided."""
    reason: str
    decided_by: str


class SignalUnknownError(ServiceError):
    """The signal was withdrawn: later records explain it."""

    code = "signal_unknown"


class SignalAnsweredError(ServiceError):
    """A rep answers once."""

    code = "signal_answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """All that the screen says."""

    today: dt.date
    time_zone: str
    kinds: tuple[Kind, ...]
    consent_given: bool | None
    """The rep's latest word; None: none was given yet."""
    consent_at: dt.datetime | None
    day_started_at: dt.datetime | None
    day_ended_at: dt.datetime | None
    is_recording: bool
    office_keeps_days: int | None
    days: tuple[dt.date, ...]
    """Days whose route can be looked at, the newest first."""
    route_on: dt.date
    route: tuple[RoutePart, ...]
    points_left_out: int
    """Points that are too weak or impossible, and are in no piece."""
    noted: tuple[tuple[str, int], ...]
    """Codes the office gave to what it kept as it came or refused, each with how often."""
    signals: tuple[SignalView, ...]
    """Those that wait first."""
    proposals: tuple[ProposalView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCopy:
    """Where a copy is, and what it has."""

    file: Path
    size_bytes: int
    office_problem: str
    """Empty where the office's rows are in it."""


class RecordsService:
    """Reads what this phone recorded, and what the office has of it."""

    def __init__(self, *, recorder: Recorder, files: ExportFiles, office: Office) -> None:
        self._recorder = recorder
        self._files = files
        self._office = office

    def read(self, route_on: dt.date | None = None) -> Records:
        """Return everything at a glance, with the route of a day, today's where none is said."""
        reading = self._recorder.read_clock()
        with self._recorder.database.read() as connection:
            state = device.get(connection)
            now = state.true_time(reading)
            today = business_day(now, state.time_zone)
            day = route_on or today
            route, left_out = _route(connection, day, zone=state.time_zone, now=now)
            work_day = days.find(connection, today)
            consent = recorded.newest_consent(connection)
            return Records(
                today=today,
                time_zone=state.time_zone,
                kinds=_kinds(connection, state.time_zone),
                consent_given=None if consent is None else bool(consent["given"]),
                consent_at=None if consent is None else from_ms(consent["at_ms"]),
                day_started_at=_instant(work_day, "started_at_ms"),
                day_ended_at=_instant(work_day, "ended_at_ms"),
                is_recording=days.may_record(connection, today),
                office_keeps_days=state.track_retention_days,
                days=tuple(
                    dt.date.fromisoformat(text)
                    for text in recorded.newest_days(connection, limit=_DAYS_TO_CHOOSE)
                ),
                route_on=day,
                route=route,
                points_left_out=left_out,
                noted=tuple(recorded.noted(connection)),
                signals=tuple(map(_signal, signals.newest(connection, limit=_MOST_SHOWN))),
                proposals=tuple(
                    _proposal(row, state.time_zone)
                    for row in signals.newest_proposals(connection, limit=_MOST_SHOWN)
                ),
            )

    def answer(self, signal_id: str, text: str) -> None:
        """
        Say something to a signal, once; it is sent with the next sync.

        :raises SignalUnknownError: if it was withdrawn meanwhile
        :raises SignalAnsweredError: if it was answered before
        :raises shared.schemas.record.InvalidRecordError: if the text cannot be kept
        """
        with self._recorder.action() as action:
            row = signals.find(action.connection, signal_id)
            if row is None:
                raise SignalUnknownError
            if row["answer"]:
                raise SignalAnsweredError
            action.command("signal.answer", signal_id, {"answer": text.strip()})

    def save_copy(self) -> SavedCopy:
        """
        Write one file of all that is here, and of what the office has where it answers.

        :raises DiskFullError: if there is no room
        :raises CopyNotSavedError: if the folder cannot be written to
        """
        office, problem = self._office()
        reading = self._recorder.read_clock()
        with self._recorder.database.read() as connection:
            state = device.get(connection)
            made_at = state.true_time(reading)
            copy = {
                **_about(state, made_at),
                "on_this_phone": {
                    **{
                        name: [_readable(row) for row in rows]
                        for name, rows in recorded.tables(connection).items()
                    },
                    "records_as_sent": recorded.changes(connection),
                },
                "at_the_office": office,
                "why_nothing_of_the_office": problem,
            }
        text = json.dumps(copy, ensure_ascii=False, indent=1)
        name = f"tapak-records-{business_day(made_at, state.time_zone)}.json"
        try:
            file = self._files.write(name, text)
        except OSError as error:
            if is_disk_full(error):
                raise DiskFullError from error
            raise CopyNotSavedError from error
        return SavedCopy(file=file, size_bytes=len(text.encode()), office_problem=problem)


def _about(state: DeviceState, made_at: dt.datetime) -> dict[str, Any]:
    return {
        "what": "All that Tapak has recorded about the days of this person. Times are UTC.",
        "rep": state.rep_name,
        "rep_id": state.user_id,
        "phone_id": state.device_id,
        "office": state.server_url,
        "made_at": made_at.isoformat(timespec="seconds"),
    }


def _signal(row: sqlite3.Row) -> SignalView:
    return SignalView(
        id=row["id"],
        rule=Rule(row["rule"]),
        day=dt.date.fromisoformat(row["day"]),
        customer=row["customer"],
        inputs=json.loads(row["inputs"]),
        answer=row["answer"],
        decision=Decision(row["decision"]) if row["decision"] else None,
        reason=row["reason"],
        decided_by=row["decided_by"],
    )


def _proposal(row: sqlite3.Row, zone: str) -> ProposalView:
    return ProposalView(
        id=row["id"],
        customer=row["customer"],
        proposed_on=business_day(from_ms(row["proposed_at_ms"]), zone),
        accuracy_m=row["accuracy_m"],
        approved=None if row["approved"] is None else bool(row["approved"]),
        reason=row["reason"],
        decided_by=row["decided_by"],
    )


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its instants as text: `at_ms` becomes `at`."""
    return {
        name.removesuffix("_ms"): from_ms(value).isoformat()
        if name.endswith("_ms") and value is not None
        else value
        for name, value in row.items()
    }


def _kinds(connection: sqlite3.Connection, zone: str) -> tuple[Kind, ...]:
    return tuple(
        Kind(
            name=row["kind"],
            count=row["count"],
            oldest_on=_day(row["oldest"], zone),
            newest_on=_day(row["newest"], zone),
        )
        for row in recorded.counts(connection)
    )


def _day(told: str | int | None, zone: str) -> dt.date | None:
    if told is None:
        return None
    if isinstance(told, str):
        return dt.date.fromisoformat(told)
    return business_day(from_ms(told), zone)


def _route(
    connection: sqlite3.Connection, day: dt.date, *, zone: str, now: dt.datetime
) -> tuple[tuple[RoutePart, ...], int]:
    """Return pieces and the gaps between them, made as the server makes them, and what is left out.

    Source: `shared.tracking`, by which the office's playback is drawn.
    """
    start, end = (
        dt.datetime.combine(day + dt.timedelta(days=later), dt.time(), ZoneInfo(zone))
        for later in (0, 1)
    )
    fixes = [
        TrackPoint(
            fix.latitude, fix.longitude, from_ms(fix.at_ms), fix.accuracy_m or None, fix.is_mock
        )
        for fix in tracks.of_period(connection, start_ms=to_ms(start), end_ms=to_ms(end))
    ]
    kept = believable(fixes, until=now)
    found = [
        RoutePart(
            start_at=piece[0].at, end_at=piece[-1].at, points=len(piece), length_m=length_m(piece)
        )
        for piece in pieces(kept)
    ]
    parts = found[:1]
    for before, piece in pairwise(found):
        parts += [RoutePart(start_at=before.end_at, end_at=piece.start_at), piece]
    return tuple(parts), len(fixes) - len(kept)


def _instant(row: sqlite3.Row | None, column: str) -> dt.datetime | None:
    return None if row is None or row[column] is None else from_ms(row[column])
