"""Saying that a change which was not taken as sent has been dealt with."""

import datetime as dt

from sqlalchemy import delete

from server.conflicts.models import SolvedConflict
from server.conflicts.queries import get_conflict
from server.platform.access import Access
from server.platform.database import db, upsert


def solve(*, access: Access, device_id: str, sequence: int, at: dt.datetime) -> None:
    """Note who has dealt with a change; the first one stands.

    :raises NotFoundError: if there is none that the caller may see
    """
    get_conflict(access=access, device_id=device_id, sequence=sequence)
    upsert(
        SolvedConflict,
        [
            {
                "device_id": device_id,
                "sequence": sequence,
                "solved_by": access.user_id,
                "solved_at": at,
            }
        ],
        keys=["device_id", "sequence"],
    )


def open_again(*, access: Access, device_id: str, sequence: int) -> None:
    """Take that back.

    :raises NotFoundError: if there is none that the caller may see
    """
    get_conflict(access=access, device_id=device_id, sequence=sequence)
    db.session.execute(
        delete(SolvedConflict).where(
            SolvedConflict.device_id == device_id, SolvedConflict.sequence == sequence
        )
    )
