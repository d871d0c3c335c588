"""Whether the log still holds what phones sent: the chain of every device, from its first line."""

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import select, update

from server.identity.models import Device
from server.platform.database import db
from server.sync.models import ChangeLog
from shared.sync import chain

_PAGE = 1_000
TRACK = "track"


def forget_lines_of_tracks(*, before: dt.datetime) -> int:
    """Empty the logged lines of tracks that arrived before; return how many there were."""
    gone = db.session.execute(
        update(ChangeLog)
        .where(
            ChangeLog.entity == TRACK,
            ChangeLog.received_at < before,
            ChangeLog.line != b"",
        )
        .values(line=b"")
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def broken_chains() -> list[tuple[str, int]]:
    """
    Return (device, number) of the first change of each device that does not fit its chain.

    A line that was edited, removed, swapped or inserted in the database shows here to anyone who
    holds the device's key: its mac, or the mac of the line after it, does not fit.
    """
    devices = db.session.execute(select(Device.id, Device.mac_key, Device.through, Device.head))
    found = []
    for device in devices.all():
        sequence = _first_broken(device.id, device.mac_key, device.through, device.head)
        if sequence is not None:
            found.append((device.id, sequence))
    return found


def _first_broken(device_id: str, key: bytes, through: int, last_head: bytes) -> int | None:
    head, expected, unseal = chain.FIRST_HEAD, 1, chain.unsealing(key)
    for sequence, line, stored_head, entity in _log(device_id):
        if sequence != expected:
            return expected
        if not line and entity == TRACK:
            # Its positions were deleted when their time was over; its head still ties the lines
            # before it to those after it.
            head, expected = stored_head, expected + 1
            continue
        try:
            _, head = unseal(line, head)
        except chain.ChainBrokenError:
            return sequence
        if head != stored_head:
            return sequence
        expected += 1
    return None if (expected - 1, head) == (through, last_head) else expected


def _log(device_id: str) -> Iterator[tuple[int, bytes, bytes, str]]:
    last = 0
    while True:
        rows = db.session.execute(
            select(ChangeLog.sequence, ChangeLog.line, ChangeLog.head, ChangeLog.entity)
            .where(ChangeLog.device_id == device_id, ChangeLog.sequence > last)
            .order_by(ChangeLog.sequence)
            .limit(_PAGE)
        )
        page = rows.all()
        if not page:
            return
        yield from page
        last = page[-1][0]
