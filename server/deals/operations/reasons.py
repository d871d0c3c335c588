"""The company's words for its deals: reasons for losing one, and where leads come from."""

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import exists, select, union, update

from server.deals.models import Deal, LeadSource, LostReason, Word
from server.platform import audit
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from server.platform.events import mark_days, record_changed
from shared.i18n import N_

Words = Sequence[tuple[str, str]]
"""Key and name of each, in their order."""


class WordInUseError(ProblemError):
    """Deals under two words that become one cannot be told apart again."""

    code = "deal.word_in_use"
    status = 409
    title = N_("There is such a word already. Deals of both become one for good.")


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


def rename_lost_reason(*, old: str, new: str, joins: bool, at: dt.datetime, by: str) -> int:
    """Give a reason another name, in the list and in all deals; see `rename_lead_source`."""
    return _rename(LostReason, Deal.lost_reason, old, new, joins=joins, at=at, by=by)


def rename_lead_source(*, old: str, new: str, joins: bool, at: dt.datetime, by: str) -> int:
    """
    Give a source another name, in the list and in all deals; return how many deals that were.

    Numbers by source follow once the days of these deals are counted again.

    :param joins: it may become one with a source of that name
    :raises NotFoundError: if there is no such source
    :raises WordInUseError: if there is a source of the new name, and they may not become one
    """
    return _rename(LeadSource, Deal.source, old, new, joins=joins, at=at, by=by)


def _rename(
    model: type[Word], column: Any, old: str, new: str, *, joins: bool, at: dt.datetime, by: str
) -> int:
    known = {row.name: row for row in db.session.scalars(select(model))}
    ids = db.session.scalars(select(Deal.id).where(column == old)).all()
    if not old or not (ids or old in known):
        raise NotFoundError
    if not joins and (new in known or db.session.scalar(select(exists().where(column == new)))):
        raise WordInUseError
    keys = sorted(row.key for row in known.values())
    if old in known and new in known:
        db.session.delete(known[old])
    elif old in known:
        known[old].name = new
    days = union(
        *(
            select(rep, day).where(column == old, rep.is_not(None), day.is_not(None))
            for rep, day in (
                (Deal.lead_rep_id, Deal.lead_day),
                (Deal.opportunity_rep_id, Deal.opportunity_day),
                (Deal.closed_rep_id, Deal.closed_day),
            )
        )
    )
    moved: list[Any] = sorted(tuple(row) for row in db.session.execute(days))
    db.session.execute(
        update(Deal)
        .where(column == old)
        .values({column.key: new, "version": Deal.version + 1, "updated_at": at})
        .execution_options(synchronize_session=False)
    )
    db.session.flush()
    db.session.expire_all()
    if old in known:
        record_changed(model.__tablename__, *keys)
    record_changed("deal", *ids)
    for rep_id, pairs in groupby(moved, itemgetter(0)):
        mark_days(rep_id, [day for _, day in pairs])
    audit.record(
        action=f"deal.{model.__tablename__}_renamed",
        at=at,
        user_id=by,
        before=old,
        after=new,
        deals=len(ids),
    )
    return len(ids)


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
