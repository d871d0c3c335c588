"""Whether a phone sees what another one did up to some change, and nothing of what came after."""

from collections.abc import Collection, Mapping

from sqlalchemy import select

from server.platform.database import db
from server.sync.forebears import TOOK
from server.sync.models import ChangeLog, SyncIndex
from shared.sync import chain
from shared.sync.change import Change
from shared.sync.protocol import RowEvent

_SEEN = ("visit", "deal", "task", "expense")
"""What travels down to the rep's phones with a version, for as long as it lives."""


def check_prefix(
    device_id: str, held: Mapping[tuple[str, str], int], *, late: Collection[str]
) -> None:
    """Compare versions that a phone has fetched with the log of a device; asks for an app context.

    :param held: by entity and id
    :param late: records of which something took after what came later
    :raises AssertionError: if it sees a change, and not an earlier one or one of the same group
    """
    log = db.session.execute(
        select(ChangeLog.entity, ChangeLog.record_id, ChangeLog.version, ChangeLog.line)
        .where(
            ChangeLog.device_id == device_id,
            ChangeLog.entity.in_(_SEEN),
            ChangeLog.status.in_(TOOK),
        )
        .order_by(ChangeLog.sequence)
    ).all()
    places = {entry.record_id: held.get((entry.entity, entry.record_id)) for entry in log}
    absent = [record_id for record_id, version in places.items() if version is None]
    gone = set(absent) - set(
        db.session.scalars(
            select(SyncIndex.record_id).where(
                SyncIndex.record_id.in_(absent), SyncIndex.event == RowEvent.PUT
            )
        )
    )
    first_unseen = ""
    last_group: str | None = None
    for entry in log:
        if entry.record_id in gone or entry.record_id in late:
            continue
        is_seen = (places[entry.record_id] or 0) >= entry.version
        group_id = Change.from_body(chain.split(entry.line)[0]).group_id
        if is_seen:
            assert not first_unseen, f"{entry.entity} is seen, and {first_unseen} before it is not"
        elif not first_unseen:
            first_unseen = entry.entity
            assert group_id is None or group_id != last_group, "part of a group is seen"
        last_group = group_id
