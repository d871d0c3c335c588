"""Noting that a phone's records do not follow on each other, for the rules to see."""

import datetime as dt

from server.platform.database import db, dialect_insert
from server.platform.events import mark_days
from server.signals.models import ChainBreak
from shared.sync.ids import new_id


def note_broken_chain(
    *,
    device_id: str,
    rep_id: str,
    day: dt.date,
    reason: str,
    first: int,
    records: int,
    at: dt.datetime,
) -> None:
    """Keep that records came which do not follow on the phone's chain; again on a day: once.

    :param reason: `tampered` or `forked`, as the phone is answered
    """
    statement = dialect_insert(ChainBreak).values(
        id=new_id(),
        device_id=device_id,
        rep_id=rep_id,
        day=day,
        reason=reason,
        first=first,
        records=records,
        noted_at=at,
    )
    # The phone tries again and again; the first time says it all.
    statement = statement.on_conflict_do_nothing(index_elements=["device_id", "day", "reason"])
    if db.session.execute(statement).rowcount:  # type: ignore[attr-defined]
        mark_days(rep_id, {day})
