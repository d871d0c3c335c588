"""What has become of changes that a fault of ours refused; `replay` mends them, and phones ask."""

from typing import Any

from sqlalchemy import select

from server.identity.models import Device
from server.platform.database import among, db
from server.sync.models import ChangeLog
from shared.sync.protocol import PullRequest, Result


def results_of(request: PullRequest) -> tuple[Result, ...]:
    """Return the answers that the phone's changes have now."""
    if not request.in_doubt:
        return ()
    found = db.session.scalars(
        select(ChangeLog.result)
        .where(
            ChangeLog.device_id == request.device_id, among(ChangeLog.sequence, request.in_doubt)
        )
        .order_by(ChangeLog.sequence)
    )
    return tuple(map(_again, found))


def results_before(request: PullRequest, *, rep_id: str) -> dict[str, tuple[Result, ...]]:
    """
    Return the same of changes that the phone sent as devices it was before, by their ids.

    Of other devices nothing is told, nor of what another phone may have sent as one of these.
    """
    asked = request.in_doubt_before
    if not asked:
        return {}
    forebears = db.session.scalar(select(Device.forebears).where(Device.id == request.device_id))
    wanted = {
        of: {number for number in asked[of] if number <= last}
        for of, last in forebears or ()
        if of in asked
    }
    if not wanted:
        return {}
    log = db.session.execute(
        select(ChangeLog.device_id, ChangeLog.sequence, ChangeLog.result)
        .join(Device, Device.id == ChangeLog.device_id)
        .where(
            Device.user_id == rep_id,
            among(ChangeLog.device_id, sorted(wanted)),
            among(ChangeLog.sequence, sorted(set().union(*wanted.values())), name="numbers"),
        )
        .order_by(ChangeLog.sequence)
    )
    found: dict[str, tuple[Result, ...]] = {}
    for of, sequence, wire in log:
        if sequence in wanted[of]:
            found[of] = (*found.get(of, ()), _again(wire))
    return found


def _again(wire: list[Any]) -> Result:
    return Result.from_wire(Result.again(wire))
