"""
When something happened, and how far that can be trusted: verified, estimated or unverified.

The wall clock of a phone can be set by its owner, the time since boot cannot. A phone that heard
the server's time since its last boot therefore proves the time of everything it records offline.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from shared.checkin.evidence import ClockReading
from shared.vocabulary import TimeTrust

CLOCK_TOLERANCE = dt.timedelta(minutes=2)
"""By so much an honest clock that nobody sets is off; beyond it something is noted."""


class TimeNote(StrEnum):
    """What was noticed. The last two are only noted; each of the others makes it unverified."""

    BEFORE_ANCHOR = "before_anchor"
    AFTER_RECEIVE = "after_receive"
    GNSS_OFF = "gnss_off"
    CLOCK_OFF = "clock_off"
    FUTURE_FIX = "future_fix"
    """The position says that it was measured later; only noted, see `is_from_future`."""


@dataclass(slots=True, kw_only=True)
class TrustedTime:
    """The time that reports use, and how it is known."""

    at: dt.datetime
    trust: TimeTrust
    notes: tuple[TimeNote, ...] = ()
    wall_off_s: float = 0.0
    """How far the phone's wall clock was ahead of `at`."""


def trust_time(
    reading: ClockReading,
    *,
    received_at: dt.datetime,
    previous_at: dt.datetime | None = None,
) -> TrustedTime:
    """
    Return when the reading was made: never before its anchor, never after it was received.

    :param received_at: when the server received it; on the phone, the present time
    :param previous_at: time of the entry before it in the device's chain
    """
    anchor = reading.anchor
    if anchor is not None and anchor.boot_id == reading.boot_id:
        at = anchor.server_at + dt.timedelta(milliseconds=reading.elapsed_ms - anchor.elapsed_ms)
        notes: tuple[TimeNote, ...] = ()
        if not anchor.server_at <= at <= received_at:
            at, notes = _within(at, earliest=anchor.server_at, latest=received_at)
        trust = TimeTrust.UNVERIFIED if notes else TimeTrust.VERIFIED
    else:
        bounds = [] if previous_at is None else [previous_at]
        if anchor is not None:
            bounds.append(anchor.server_at)
        at, notes = _within(
            reading.wall_at,
            earliest=max(bounds, default=None),
            latest=received_at,
            tolerance=CLOCK_TOLERANCE,
        )
        if reading.gnss_at is not None and abs(reading.wall_at - reading.gnss_at) > CLOCK_TOLERANCE:
            notes = (*notes, TimeNote.GNSS_OFF)
        trust = TimeTrust.UNVERIFIED if notes else TimeTrust.ESTIMATED
    wall_off = reading.wall_at - at
    if not -CLOCK_TOLERANCE <= wall_off <= CLOCK_TOLERANCE:
        notes = (*notes, TimeNote.CLOCK_OFF)
    return TrustedTime(at=at, trust=trust, notes=notes, wall_off_s=wall_off.total_seconds())


def is_from_future(fix_at: dt.datetime, *, at: dt.datetime) -> bool:
    """Return whether a position says that it was measured after the moment it was used at."""
    return fix_at > at + CLOCK_TOLERANCE


def _within(
    at: dt.datetime,
    *,
    earliest: dt.datetime | None,
    latest: dt.datetime,
    tolerance: dt.timedelta = dt.timedelta(),
) -> tuple[dt.datetime, tuple[TimeNote, ...]]:
    """Return the time within its bounds; one beyond them by no more than the tolerance is fine."""
    if at > latest:
        return latest, (TimeNote.AFTER_RECEIVE,) if at > latest + tolerance else ()
    if earliest is not None and at < earliest:
        notes = (TimeNote.BEFORE_ANCHOR,) if at < earliest - tolerance else ()
        # Should the server's own clock have been set back, its later word counts.
        return min(earliest, latest), notes
    return at, ()
