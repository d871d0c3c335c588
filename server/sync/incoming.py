"""A change as it arrived from a phone: checked, typed, and with the time that counts."""

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from server.sync.anchors import anchor_time
from shared.checkin.evidence import Anchor, ClockReading, Fence, Fix
from shared.checkin.time_trust import TrustedTime, trust_time
from shared.schemas.catalogue import UPWARD
from shared.schemas.limits import InvalidRecordError
from shared.schemas.record import load
from shared.sync.protocol import Captured, Change, Kind
from shared.time import business_day, is_zone

_PATCH = Kind.PATCH
_LATEST_MS = 253_402_300_799_000  # the end of the year 9999


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who sent it: a device of a rep."""

    device_id: str
    rep_id: str
    time_zone: str
    """The rep's; days are counted in it."""
    reporting_currency: str
    secret_key: str
    received_at: dt.datetime
    forebears: Sequence[tuple[str, int]] = ()
    """The devices it was before, each with the last change whose answer it knew."""


@dataclass(slots=True, kw_only=True)
class Incoming:
    """A change that keeps the rules of its schema."""

    change: Change
    data: dict[str, Any]
    sender: Sender
    clock: ClockReading
    time: TrustedTime
    sha256: bytes
    own_versions: Sequence[tuple[int, int, bool]] = ()
    """The record's version before and after each change of this phone that took, whether merged.

    Its own earlier changes, which it had not pulled yet, are nobody else's.
    """

    @property
    def at(self) -> dt.datetime:
        """When it was made, as far as that can be trusted."""
        return self.time.at

    @property
    def day(self) -> dt.date:
        """The rep's day it was made on."""
        return business_day(self.at, self.sender.time_zone)


@dataclass(slots=True, kw_only=True)
class Applied:
    """What became of it."""

    version: int
    merged: dict[str, Any] = field(default_factory=dict)
    """Fields that are not as they were sent."""
    flags: dict[str, int] = field(default_factory=dict)
    """What is odd about it, as codes, each with how many times. It was kept as it came."""


def read_change(
    change: Change,
    *,
    sender: Sender,
    sha256: bytes,
    previous_at: dt.datetime | None,
    own_versions: Sequence[tuple[int, int, bool]] = (),
) -> Incoming:
    """
    Check a change against its schema, and work out when it was made.

    :param sha256: of `server.sync.lines.data_sha256`
    :param previous_at: time of the entry before it in the device's chain
    :raises InvalidRecordError: naming the field and the reason
    """
    schema = UPWARD.get((change.entity, change.kind))
    if schema is None:
        raise InvalidRecordError("e", "unknown_entity")
    data = load(schema, change.data, partial=change.kind is _PATCH)
    zone, fix = data.get("time_zone"), data.get("fix")
    if zone is not None and not is_zone(zone):
        raise InvalidRecordError("time_zone", "unknown_zone")
    clock = read_clock(
        change.captured,
        time_zone=zone or sender.time_zone,
        gnss_at=_gnss_time(fix) if fix else None,
        secret_key=sender.secret_key,
    )
    return Incoming(
        change=change,
        data=data,
        sender=sender,
        clock=clock,
        time=trust_time(clock, received_at=sender.received_at, previous_at=previous_at),
        sha256=sha256,
        own_versions=own_versions,
    )


def read_clock(
    captured: Captured, *, time_zone: str, gnss_at: dt.datetime | None, secret_key: str
) -> ClockReading:
    """
    Return the phone's clocks; an anchor that we did not sign counts as none.

    :raises InvalidRecordError: if a clock shows no time at all
    """
    reading = captured.clock
    if not 0 <= reading.wall_ms <= _LATEST_MS:
        raise InvalidRecordError("t.w", "out_of_range")
    if reading.elapsed_ms < 0 or reading.elapsed_ms > _LATEST_MS:
        raise InvalidRecordError("t.m", "out_of_range")
    said, anchor = captured.anchor, None
    if said is not None:
        anchor = _trusted(said.token, said.elapsed_ms, said.boot_id, secret_key)
    return ClockReading(
        wall_at=from_ms(reading.wall_ms),
        time_zone=time_zone,
        boot_id=reading.boot_id,
        elapsed_ms=reading.elapsed_ms,
        anchor=anchor,
        gnss_at=gnss_at,
    )


@functools.lru_cache(maxsize=1024)  # as `anchor_time`
def _trusted(token: str, elapsed_ms: int, boot_id: str, secret_key: str) -> Anchor | None:
    """Return an anchor that we have signed, else None."""
    server_at = anchor_time(token, secret_key=secret_key)
    if server_at is None or not 0 <= elapsed_ms <= _LATEST_MS:
        return None
    return Anchor(server_at=server_at, elapsed_ms=elapsed_ms, boot_id=boot_id)


def read_fix(data: dict[str, Any] | None) -> Fix | None:
    """Return the fix of an evidence record, or None where none could be had."""
    if data is None:
        return None
    fields = data.copy()
    fix_at = from_ms(min(fields.pop("fix_ms"), _LATEST_MS))
    return Fix(fix_at=fix_at, **fields)


def read_fence(data: dict[str, Any]) -> Fence:
    """
    Return the fence of an evidence record.

    :raises InvalidRecordError: if it has half a centre
    """
    if (data.get("latitude") is None) != (data.get("longitude") is None):
        raise InvalidRecordError("fence", "half_a_point")
    return Fence(
        customer_id=data["customer_id"],
        latitude=data.get("latitude"),
        longitude=data.get("longitude"),
        radius_m=data["radius_m"],
        location_version=data.get("location_version", 0),
    )


def from_ms(milliseconds: int) -> dt.datetime:
    """Return Unix milliseconds as an instant."""
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)


def _gnss_time(fix: dict[str, Any]) -> dt.datetime | None:
    """Return the satellites' time at capture; only their own fixes carry it."""
    if fix.get("provider") != "gps" or fix.get("is_mock"):
        return None
    age_ms = round(fix.get("age_s", 0.0) * 1000)
    return from_ms(min(fix["fix_ms"] + age_ms, _LATEST_MS))
