"""The company's words for its deals: reasons for losing one, and where leads come from."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from server.deals.models import LeadSource, LostReason, Word
from server.platform import audit
from server.platform.database import db
from server.platform.events import record_changed

Words = Sequence[tuple[str, str]]
"""Key and name of each, in their order."""


def set_lost_reasons(*, reasons: Words, at: dt.datetime, by: str) -> None:
    """Make these the reasons reps choose from; deals that were lost for another one keep it."""
    _set(LostReason, reasons)
    audit.record(
        action="deal.lost_reasons", at=at, user_id=by, reasons=[name for _, name in reasons]
    )


def set_lead_sources(*, sources: Words, at: dt.datetime, by: str) -> None:
    """Make these the sources reps choose from, without any the usual ones; deals keep theirs."""
    _set(LeadSource, sources)
    audit.record(
        action="deal.lead_sources", at=at, user_id=by, sources=[name for _, name in sources]
    )


def _set(model: type[Word], words: Words) -> None:
    known = {row.key: row for row in db.session.scalars(select(model))}
    wanted = dict(words)
    for position, (key, name) in enumerate(wanted.items(), start=1):
        row = known.get(key)
        if row is None:
            db.session.add(model(key=key, name=name, position=position))
        else:
            row.name, row.position = name, position
    for key in known.keys() - wanted.keys():
        db.session.delete(known[key])
    db.session.flush()
    record_changed(model.__tablename__, *sorted(known.keys() | wanted.keys()))
