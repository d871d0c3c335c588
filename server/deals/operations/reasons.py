"""The company's reasons for losing a deal."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from server.deals.models import LostReason
from server.platform import audit
from server.platform.database import db
from server.platform.events import record_changed


def set_lost_reasons(*, reasons: Sequence[tuple[str, str]], at: dt.datetime, by: str) -> None:
    """Make these (key, name) the reasons reps choose from, in this order.

    Deals that were lost for another reason keep it.
    """
    known = {row.key: row for row in db.session.scalars(select(LostReason))}
    wanted = dict(reasons)
    for position, (key, name) in enumerate(wanted.items(), start=1):
        row = known.get(key)
        if row is None:
            db.session.add(LostReason(key=key, name=name, position=position))
        else:
            row.name, row.position = name, position
    for key in known.keys() - wanted.keys():
        db.session.delete(known[key])
    db.session.flush()
    record_changed("lost_reason", *sorted(known.keys() | wanted.keys()))
    audit.record(action="deal.lost_reasons", at=at, user_id=by, reasons=list(wanted.values()))
