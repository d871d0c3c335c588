"""Saying that a change which was not taken as sent has been dealt with."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete

from server.conflicts.models import SolvedConflict
from server.conflicts.queries import device_that_sent, get_conflict
from server.platform.access import Access
from server.platform.database import db, upsert
from shared.vocabulary import Role


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


def accept(
    _sender: object,
    *,
    device_ids: Sequence[str],
    rep_id: str,
    record_id: str,
    sequence: int,
    at: dt.datetime,
) -> None:
    """Note that the rep has dealt with it on the phone; nothing where there is no such change."""
    access = Access(user_id=rep_id, role=Role.REP)
    device_id = device_that_sent(
        access=access, device_ids=device_ids, record_id=record_id, sequence=sequence
    )
    if device_id is not None:
        solve(access=access, device_id=device_id, sequence=sequence, at=at)


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
