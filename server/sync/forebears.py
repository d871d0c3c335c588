"""A phone that was enrolled again: what it sent as another device is its own, and has one effect.

It makes changes again whose answers it does not know, or that a restored server lacks. They say the
same of the same records with the same clocks, under new numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from server.identity.models import Device
from server.platform.database import among, db
from server.sync.incoming import Sender
from server.sync.lines import read_line
from server.sync.models import ChangeLog
from shared.sync import chain
from shared.sync.protocol import Change, Kind, Result, Status

TOOK = (Status.APPLIED, Status.MERGED)


@dataclass(frozen=True, slots=True)
class Sent:
    """A change that took when another device of the rep sent it."""

    change: Change
    wire: list[Any]
    """Its answer."""
    version_before: int

    def answer(self, sequence: int) -> Result:
        """Return its answer under another number."""
        return replace(Result.from_wire(self.wire), sequence=sequence, duplicate=True)


def is_own(sender: Sender) -> ColumnElement[bool]:
    """Return the condition that a logged change is this phone's, whichever device it was then."""
    return or_(
        ChangeLog.device_id == sender.device_id,
        *(
            and_(ChangeLog.device_id == device_id, ChangeLog.sequence <= number)
            for device_id, number in sender.forebears
        ),
    )


def sent_before(changes: Iterable[Change], sender: Sender) -> dict[str, list[Sent]]:
    """
    Return by record what other devices of the rep have changed of it; creates are told by their id.

    Nothing for a phone that was never another device.
    """
    record_ids = {c.record_id for c in changes if c.kind is not Kind.CREATE}
    if not sender.forebears or not record_ids:
        return {}
    rows = db.session.execute(
        select(ChangeLog.record_id, ChangeLog.line, ChangeLog.result, ChangeLog.version_before)
        .join(Device, Device.id == ChangeLog.device_id)
        .where(
            Device.user_id == sender.rep_id,
            ChangeLog.device_id != sender.device_id,
            among(ChangeLog.record_id, sorted(record_ids)),
            ChangeLog.kind != Kind.CREATE,
            ChangeLog.status.in_(TOOK),
        )
    )
    found: dict[str, list[Sent]] = {}
    for record_id, line, wire, version_before in rows:
        body, _ = chain.split(line)
        found.setdefault(record_id, []).append(Sent(read_line(body), wire, version_before))
    return found


def find_same(change: Change, sent: Iterable[Sent]) -> Sent | None:
    """Return the one that is this change but for its number."""
    alike = (one for one in sent if replace(one.change, sequence=change.sequence) == change)
    return next(alike, None)
