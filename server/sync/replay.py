"""Applying again what failed for a reason of ours, once that is mended: `tapak sync replay`.

A line that ended in `rejected internal` is safe in the log and in quarantine. Applied again it gets
the answer it should have had: the log's row is written anew, at its place, with the times of its
arrival. So it has one effect, whether it is replayed, or made again by the phone meanwhile.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, or_, select

from server.identity.models import Device, User
from server.platform import audit
from server.platform.database import among, db
from server.platform.errors import ProblemError
from server.sync.groups import apply_lines
from server.sync.incoming import Sender
from server.sync.lines import Line, read_line
from server.sync.models import ChangeLog, Quarantine
from shared.sync import chain
from shared.sync.protocol import MAX_CHANGES, Change, MalformedError, Status

INTERNAL = "internal"
_UNKNOWN = ".unknown"
"""End of the codes with which a change is refused for want of the record it is about."""


class StillFailsError(ProblemError):
    """It fails as before; nothing was changed."""

    code = "sync.still_fails"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a change."""

    device_id: str
    sequence: int
    entity: str
    record_id: str
    status: str
    code: str
    """Why it was refused, where it was."""


def failed(*, device_id: str | None = None) -> list[tuple[str, int]]:
    """Return device and number of the changes that failed for a reason of ours, oldest first."""
    statement = (
        select(ChangeLog.device_id, ChangeLog.sequence, ChangeLog.result)
        .join(
            Quarantine,
            (Quarantine.device_id == ChangeLog.device_id)
            & (Quarantine.sequence == ChangeLog.sequence)
            & (Quarantine.reason == INTERNAL),
        )
        .where(ChangeLog.status == Status.REJECTED)
        .order_by(ChangeLog.received_at, ChangeLog.device_id, ChangeLog.sequence)
    )
    if device_id is not None:
        statement = statement.where(ChangeLog.device_id == device_id)
    found = db.session.execute(statement)
    return [(of, sequence) for of, sequence, result in found if _code(result) == INTERNAL]


def waiting_for(*, device_id: str, sequence: int) -> list[tuple[str, int]]:
    """
    Return device and number of changes that were refused for want of what this one makes.

    Later ones of this phone, as that device or as one that it became.
    """
    wanted = {one.record_id for _, one in _group(device_id, sequence) if one is not None}
    later = db.session.scalars(
        select(ChangeLog)
        .where(
            among(ChangeLog.device_id, [device_id, *_became(device_id)]),
            or_(ChangeLog.device_id != device_id, ChangeLog.sequence > sequence),
            ChangeLog.status == Status.REJECTED,
        )
        .order_by(ChangeLog.received_at, ChangeLog.device_id, ChangeLog.sequence)
    )
    found = []
    for entry in later:
        change = _read(entry)
        if change is None or not _code(entry.result).endswith(_UNKNOWN):
            continue
        if wanted & {change.record_id, *map(str, change.data.values())}:
            found.append((entry.device_id, entry.sequence))
    return found


def _became(device_id: str) -> list[str]:
    """Return the devices that a phone became which was this one."""
    rep_id = select(Device.user_id).where(Device.id == device_id).scalar_subquery()
    devices = db.session.execute(
        select(Device.id, Device.forebears).where(Device.user_id == rep_id)
    )
    return [other for other, were in devices if any(of == device_id for of, _ in were or ())]


def replay(
    *,
    device_id: str,
    sequence: int,
    secret_key: str,
    reporting_currency: str,
    at: dt.datetime,
) -> list[Replayed]:
    """
    Apply a change again, with the others of its group; nothing where it has been since.

    :raises StillFailsError: if the reason is still there
    """
    device = db.session.get_one(Device, device_id, with_for_update=True)
    group = _group(device_id, sequence)
    if not _may_be_tried(sequence, group):
        return []
    owner = db.session.get_one(User, device.user_id)
    entries = [entry for entry, _ in group]
    first = entries[0].sequence
    sender = Sender(
        device_id=device_id,
        rep_id=owner.id,
        time_zone=owner.time_zone,
        reporting_currency=reporting_currency,
        secret_key=secret_key,
        received_at=entries[0].received_at,
        forebears=tuple((of, number) for of, number in device.forebears or ()),
    )
    before = {entry.sequence: _code(entry.result) for entry in entries}
    lines = [
        Line(entry.sequence, entry.line, chain.split(entry.line)[0], entry.head)
        for entry in entries
    ]
    previous_at = _captured_before(device_id, first)
    _make_room(device_id, list(before))
    results = apply_lines(lines, sender, previous_at=previous_at, in_bulk=False)
    if any(_code(result) == INTERNAL for result in results):
        raise StillFailsError
    db.session.flush()
    done = _as_logged(device_id, list(before))
    for one in done:
        audit.record(
            action="sync.replayed",
            at=at,
            user_id=None,
            subject=one.record_id,
            device_id=device_id,
            sequence=one.sequence,
            before=before[one.sequence],
            status=one.status,
            code=one.code,
        )
    return done


def _group(device_id: str, sequence: int) -> list[tuple[ChangeLog, Change | None]]:
    """Return the change and its neighbours of one group, in their order; they go together."""
    near = db.session.scalars(
        select(ChangeLog)
        .where(
            ChangeLog.device_id == device_id,
            ChangeLog.sequence.between(sequence - MAX_CHANGES, sequence + MAX_CHANGES),
        )
        .order_by(ChangeLog.sequence)
        .execution_options(populate_existing=True)
    )
    read = [(entry, _read(entry)) for entry in near]
    place = next((n for n, (entry, _) in enumerate(read) if entry.sequence == sequence), None)
    if place is None:
        return []
    group_id = _group_id(read[place])
    if group_id is None:
        return [read[place]]
    start, end = place, place + 1
    while start > 0 and _group_id(read[start - 1]) == group_id:
        start -= 1
    while end < len(read) and _group_id(read[end]) == group_id:
        end += 1
    return read[start:end]


def _group_id(read: tuple[ChangeLog, Change | None]) -> str | None:
    return read[1].group_id if read[1] is not None else None


def _read(entry: ChangeLog) -> Change | None:
    try:
        return read_line(chain.split(entry.line)[0])
    except (MalformedError, chain.ChainBrokenError):
        return None


def _may_be_tried(sequence: int, group: Iterable[tuple[ChangeLog, Change | None]]) -> bool:
    """Return whether nothing of the group has taken, and this one failed or wants for a record."""
    entries = [entry for entry, _ in group]
    codes = {entry.sequence: _code(entry.result) for entry in entries}
    wanted = codes.get(sequence, "")
    refused = all(entry.status == Status.REJECTED for entry in entries)
    return refused and (INTERNAL in codes.values() or wanted.endswith(_UNKNOWN))


def _code(result: Sequence[Any]) -> str:
    """Return why a change was refused, by its answer; nothing where it was not."""
    return str(result[2]) if result[1] == Status.REJECTED else ""


def _captured_before(device_id: str, sequence: int) -> dt.datetime | None:
    return db.session.scalar(
        select(ChangeLog.captured_at)
        .where(
            ChangeLog.device_id == device_id,
            ChangeLog.sequence < sequence,
            ChangeLog.captured_at.is_not(None),
        )
        .order_by(ChangeLog.sequence.desc())
        .limit(1)
    )


def _make_room(device_id: str, sequences: Sequence[int]) -> None:
    """Take the rows away in whose place the new ones are written."""
    for table in (ChangeLog, Quarantine):
        statement = delete(table).where(
            table.device_id == device_id, among(table.sequence, sequences)
        )
        if table is Quarantine:
            statement = statement.where(Quarantine.reason == INTERNAL)
        db.session.execute(statement)
    db.session.expire_all()


def _as_logged(device_id: str, sequences: Sequence[int]) -> list[Replayed]:
    found = db.session.execute(
        select(
            ChangeLog.sequence,
            ChangeLog.entity,
            ChangeLog.record_id,
            ChangeLog.status,
            ChangeLog.result,
        )
        .where(ChangeLog.device_id == device_id, among(ChangeLog.sequence, sequences))
        .order_by(ChangeLog.sequence)
    )
    return [
        Replayed(device_id, sequence, entity, record_id, status, _code(result))
        for sequence, entity, record_id, status, result in found
    ]
