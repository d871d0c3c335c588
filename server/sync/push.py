"""Push: one transaction takes a batch of a phone's changes and answers each of them, once.

The order is the phone's. A change that breaks a rule is answered and passed; one that fails for a
reason of ours is kept in quarantine and passed; only where the database itself cannot now is the
whole batch refused, and then nothing of it is recorded. See docs/sync.md.
"""

import datetime as dt
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, update

from server.identity.models import Device
from server.identity.queries import KnownPhone
from server.platform.database import Model, db, open_connection
from server.platform.driver import gather
from server.platform.errors import ProblemError
from server.platform.prepared import Prepared
from server.signals.operations.chains import note_broken_chain
from server.sync.ahead import ask_with_lock
from server.sync.batch import LAST_CAPTURED
from server.sync.epochs import FIRST_EPOCH, NEWEST_EPOCH, EpochEndedError
from server.sync.forks import ForkedError
from server.sync.groups import apply_lines
from server.sync.incoming import Sender
from server.sync.lines import Line
from server.sync.models import ChangeLog, Quarantine
from shared import failpoints
from shared.i18n import N_
from shared.sync import chain
from shared.sync.ids import is_id
from shared.sync.protocol import MAX_CHANGES, PushHeader, Result, Status
from shared.time import business_day

logger = logging.getLogger(__name__)

# Made once: a push of one change is mostly statements, and to make one takes longer than to run it.
# Not asked together with the phone's row: what was read before the wait for its lock is old.
_MEANWHILE = Prepared(
    lambda: select(
        NEWEST_EPOCH.scalar_subquery().label("epoch"),
        LAST_CAPTURED.scalar_subquery().label("captured_at"),
    )
)
_ADVANCE = Prepared(
    lambda: (
        update(Model.metadata.tables[Device.__tablename__])
        .where(Device.id == bindparam("device_id"))
        .values(
            through=bindparam("now_through"),
            head=bindparam("now_head"),
            settled=bindparam("now_settled"),
            last_seen_at=bindparam("at"),
        )
    )
)
_LOGGED = Prepared(
    lambda: select(ChangeLog.sequence, ChangeLog.head, ChangeLog.line, ChangeLog.result).where(
        ChangeLog.device_id == bindparam("device_id"),
        ChangeLog.sequence.between(bindparam("first"), bindparam("last")),
    )
)


class GapError(ProblemError):
    """Changes before the first of this batch have never come."""

    code = "gap"
    status = 409
    title = N_("Earlier changes of this phone are missing here.")


class TamperedError(ProblemError):
    """A line does not fit its place in the chain."""

    code = "tampered"
    status = 409
    title = N_("Records of this phone were changed after they were made.")


class TruncatedError(ProblemError):
    """The request was cut off on its way."""

    code = "truncated"
    status = 400
    title = N_("The request came incomplete. It is sent again.")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What to answer once the transaction has committed."""

    epoch: str = ""
    through: int = 0
    results: Sequence[list[Any]] = ()
    """As they are sent: `shared.sync.protocol.Result.to_wire`."""
    problem: ProblemError | None = None
    """Lines that do not fit their chain were kept; the phone gets this instead of results."""


def expect(header: PushHeader, lines: Sequence[bytes], *, rep_id: str, day: dt.date) -> None:
    """
    Have what `push` asks first come along with the lock of the phone's row, behind it.

    :param rep_id: whose phone it is, as far as is known before
    :param day: on which the lines came, for the rep
    """
    gather(open_connection(db.session()))
    if is_id(header.device_id):
        _MEANWHILE.ask_behind(device_id=header.device_id)
    ask_with_lock(lines, rep_id=rep_id, day=day)


def push(
    *,
    header: PushHeader,
    lines: Sequence[bytes],
    sender: Sender,
    phone: KnownPhone,
    in_bulk: bool = True,
) -> Outcome:
    """
    Take a batch of a phone whose row is locked.

    Copies of the same push wait for that, and find the results of the first.

    :param in_bulk: whether changes are first tried together
    :raises TruncatedError: if lines are missing
    :raises GapError: if changes before the first one are missing
    :raises EpochEndedError: if the server was restored from a backup meanwhile
    :raises NotTogetherError: if changes must be applied one by one, in a new transaction
    """
    if header.count != len(lines) or header.first < 1:
        raise TruncatedError
    assert phone.chain is not None
    device = _Device(phone.through, phone.head, phone.chain.settled, phone.chain.mac_key)
    failpoints.reach("server: phone locked")
    newest_epoch, previous_at = _MEANWHILE.one(device_id=sender.device_id)
    epoch = newest_epoch or FIRST_EPOCH
    if header.epoch != epoch or header.settled > device.through:
        raise EpochEndedError(epoch=epoch, through=device.through)
    if header.first > device.through + 1:
        raise GapError(through=device.through)

    logged: Mapping[int, _Logged] = {}
    if header.first <= device.through:
        logged = _logged(
            sender.device_id, first=header.first - 1, last=header.first + len(lines) - 1
        )
    try:
        chained = list(_unseal(device, header, lines, logged))
    except (chain.ChainBrokenError, ForkedError) as error:
        problem = error if isinstance(error, ForkedError) else TamperedError()
        logger.warning("the chain of device %s does not hold: %s", sender.device_id, problem.code)
        _quarantine(sender, header.first, lines, reason=problem.code)
        note_broken_chain(
            device_id=sender.device_id,
            rep_id=sender.rep_id,
            day=business_day(sender.received_at, sender.time_zone),
            reason=problem.code,
            first=header.first,
            records=len(lines),
            at=sender.received_at,
        )
        return Outcome(problem=problem)

    results = [
        _repeat(sequence, logged.get(sequence))
        for sequence in range(header.first, min(header.first + len(lines) - 1, device.through) + 1)
    ]
    new = [line for line in chained if line.sequence > device.through]
    if new:
        results += apply_lines(new, sender, previous_at=previous_at, in_bulk=in_bulk)
        device.through, device.head = new[-1].sequence, new[-1].head
    _ADVANCE.write(
        device_id=sender.device_id,
        now_through=device.through,
        now_head=device.head,
        now_settled=max(device.settled, header.settled),
        at=sender.received_at,
    )
    failpoints.reach("server: rows written")
    return Outcome(epoch=epoch, through=device.through, results=results)


@dataclass(slots=True)
class _Device:
    """How far a phone has come, while its row is locked."""

    through: int
    head: bytes
    settled: int
    mac_key: bytes


@dataclass(frozen=True, slots=True)
class _Logged:
    """What the log holds under a number."""

    head: bytes
    line: bytes
    result: list[Any]


def _logged(device_id: str, *, first: int, last: int) -> dict[int, _Logged]:
    found = _LOGGED.rows(device_id=device_id, first=first, last=last)
    return {sequence: _Logged(*values) for sequence, *values in found}


def _unseal(
    device: _Device, header: PushHeader, lines: Sequence[bytes], logged: Mapping[int, _Logged]
) -> Iterator[Line]:
    """
    Check every line against the chain, and against what came before under its number.

    One that came before, byte for byte, was checked then, and is not given again.

    :raises chain.ChainBrokenError: if a mac does not fit
    :raises ForkedError: if another line came under the same number
    """
    head = chain.FIRST_HEAD
    if header.first == device.through + 1:
        head = device.head
    elif header.first - 1 in logged:
        head = logged[header.first - 1].head
    if header.head_before != head.hex():
        raise ForkedError
    unseal = chain.unsealing(device.mac_key)
    for sequence, line in enumerate(lines, start=header.first):
        known = logged.get(sequence)
        if known is not None and known.line == line:
            head = known.head
            continue
        body, head = unseal(line, head)
        if known is not None and known.head != head:
            raise ForkedError
        yield Line(sequence, line, body, head)


def _repeat(sequence: int, logged: _Logged | None) -> list[Any]:
    """Return the first answer again, so that a conflict is not lost with a lost answer."""
    if logged is None:
        return Result(sequence, Status.DUPLICATE).to_wire()
    return Result.again(logged.result)


MOST_QUARANTINED = 2 * MAX_CHANGES
"""Of one phone and reason. The first show where its chain broke; no more need be kept."""


def _quarantine(sender: Sender, first: int, lines: Sequence[bytes], *, reason: str) -> None:
    """Keep lines for a person; those that a phone sends once more are kept already."""
    of_phone = (Quarantine.device_id == sender.device_id, Quarantine.reason == reason)
    count = db.session.scalar(select(func.count()).select_from(Quarantine).where(*of_phone)) or 0
    kept = select(Quarantine.sequence, Quarantine.line).where(
        *of_phone, Quarantine.sequence.between(first, first + len(lines) - 1)
    )
    known = {(sequence, line) for sequence, line in db.session.execute(kept)}
    new = [each for each in enumerate(lines, start=first) if each not in known]
    left = max(0, MOST_QUARANTINED - count)
    if len(new) > left:
        logger.warning("of device %s %d lines are not kept", sender.device_id, len(new) - left)
    for sequence, line in new[:left]:
        db.session.add(
            Quarantine(
                device_id=sender.device_id,
                sequence=sequence,
                reason=reason,
                line=line,
                at=sender.received_at,
            )
        )
