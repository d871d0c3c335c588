"""A phone that was enrolled again: what it sent as another device is its own, and has one effect.

It makes changes again whose answers it does not know, or that a restored server lacks. They say the
same of the same records with the same clocks, under new numbers.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import or_, select

from server.identity.models import Device
from server.platform.database import among, db
from server.platform.prepared import Prepared
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


# Made once: every push of an edit asks this. By the record alone, which has an index, and of which
# seldom anybody else has sent something.
_TOOK = Prepared(
    lambda: select(
        ChangeLog.device_id,
        ChangeLog.sequence,
        ChangeLog.record_id,
        ChangeLog.version_before,
        ChangeLog.version,
        ChangeLog.kind,
        ChangeLog.status,
    ).where(among(ChangeLog.record_id), or_(*(ChangeLog.status == each for each in TOOK)))
)


def is_merged(kind: str, status: str) -> bool:
    """Return whether a change was joined with what others had said, which its phone learns later.

    Not of a create: there it is what the office adds.
    """
    return kind == Kind.PATCH and status == Status.MERGED


def own_versions(record_ids: Sequence[str], sender: Sender) -> Iterator[tuple[str, int, int, bool]]:
    """Give record, version before and after, and whether it was merged, of each change that took.

    Of those that this phone made, as any device.
    """
    last = {**dict(sender.forebears), sender.device_id: math.inf}
    for device_id, sequence, *found in _TOOK.rows(ids=record_ids):
        if sequence <= last.get(device_id, 0):
            record_id, before, after, kind, status = found
            yield record_id, before, after, is_merged(kind, status)


def ask_for_versions_ahead(record_ids: Sequence[str]) -> None:
    """Have what `own_versions` asks come along with what is asked next."""
    _TOOK.ask_behind(ids=record_ids)


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
