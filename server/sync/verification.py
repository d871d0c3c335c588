"""Whether the log still holds what phones sent: the chain of every device, from its first line."""

from collections.abc import Iterator

from sqlalchemy import select

from server.identity.models import Device
from server.platform.database import db
from server.sync.models import ChangeLog
from shared.sync import chain

_PAGE = 1_000


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
    head, expected = chain.FIRST_HEAD, 1
    for sequence, line, stored_head in _log(device_id):
        if sequence != expected:
            return expected
        try:
            _, head = chain.unseal(line, head=head, key=key)
        except chain.ChainBrokenError:
            return sequence
        if head != stored_head:
            return sequence
        expected += 1
    return None if (expected - 1, head) == (through, last_head) else expected


def _log(device_id: str) -> Iterator[tuple[int, bytes, bytes]]:
    last = 0
    while True:
        rows = db.session.execute(
            select(ChangeLog.sequence, ChangeLog.line, ChangeLog.head)
            .where(ChangeLog.device_id == device_id, ChangeLog.sequence > last)
            .order_by(ChangeLog.sequence)
            .limit(_PAGE)
        )
        page = rows.all()
        if not page:
            return
        yield from page
        last = page[-1][0]
