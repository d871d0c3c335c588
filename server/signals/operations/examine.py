"""Looking at days: which must be looked at, and what is raised or withdrawn then."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select, tuple_

from server.customers.models import LocationProposal
from server.platform.database import db, dialect_insert
from server.platform.events import record_changed
from server.platform.prepared import Prepared
from server.signals.models import Signal, SignalReview, UnexaminedDay
from server.signals.operations.evidence import RepDay, read_days
from server.signals.operations.rules import MOVED_WITHIN, find_all
from server.visits.models import Visit
from shared.sync.ids import new_id

BATCH = 100
"""Rep-days looked at in one transaction."""


def mark_days(
    _sender: object = None, *, rep_id: str, days: Collection[dt.date], **_: object
) -> None:
    """Note that these days of the rep must be looked at, in the transaction of the change."""
    _mark((rep_id, day) for day in days)


def mark_visits_of_moved_customer(
    _sender: object = None, *, entity: str, record_ids: Sequence[str], **_: object
) -> None:
    """Note the days of visits shortly before or after their customer's point was replaced."""
    # Points are approved one by one; many customers at once are an import.
    if entity != "customer" or len(record_ids) != 1:
        return
    moved = db.session.scalars(
        select(LocationProposal.decided_at).where(
            LocationProposal.customer_id == record_ids[0], LocationProposal.approved.is_(True)
        )
    )
    latest = max((at for at in moved if at is not None), default=None)
    if latest is None:
        return
    visits = db.session.execute(
        select(Visit.rep_id, Visit.day)
        .where(
            Visit.customer_id == record_ids[0],
            Visit.started_at.between(latest - MOVED_WITHIN, latest + MOVED_WITHIN),
        )
        .distinct()
    )
    _mark((row.rep_id, row.day) for row in visits)


def _mark(rep_days: Iterable[RepDay]) -> None:
    # In one order for everybody, and raised instead of left alone: see the metrics' stale days.
    rows = [{"rep_id": rep_id, "day": day, "generation": 1} for rep_id, day in sorted(rep_days)]
    if rows:
        _MARK.write_all(rows)


def _marking() -> Any:
    return dialect_insert(UnexaminedDay.__table__).on_conflict_do_update(
        index_elements=["rep_id", "day"], set_={"generation": UnexaminedDay.generation + 1}
    )


_MARK = Prepared(_marking, columns=("rep_id", "day", "generation"))


def examine_next_days(*, at: dt.datetime, fastest_kmh: int, limit: int = BATCH) -> int:
    """Look at days that wait; return how many those were. Looking twice changes nothing.

    :param fastest_kmh: faster between two check-ins is impossible travel

    A signal whose evidence no longer says so is withdrawn, unless somebody answered or decided.
    """
    rep_days = _take(limit)
    if not rep_days:
        return 0
    known = {
        signal.key: signal.id
        for signal in db.session.execute(
            select(Signal.key, Signal.id).where(tuple_(Signal.rep_id, Signal.day).in_(rep_days))
        )
    }
    found = {
        f"{finding.rule} {day.rep_id} {day.day} {finding.subject}": (day, finding)
        for day in read_days(rep_days, fastest_kmh=fastest_kmh)
        for finding in find_all(day)
    }
    raised = [
        Signal(
            id=new_id(),
            key=key,
            rule=finding.rule,
            rep_id=day.rep_id,
            team_id=day.team_id,
            day=day.day,
            visit_id=finding.visit_id,
            inputs=finding.inputs,
            raised_at=at,
        )
        for key, (day, finding) in found.items()
        if key not in known
    ]
    db.session.add_all(raised)
    gone = [signal_id for key, signal_id in known.items() if key not in found]
    db.session.execute(
        delete(Signal)
        .where(Signal.id.in_(gone), Signal.id.not_in(select(SignalReview.signal_id)))
        .execution_options(synchronize_session=False)
    )
    db.session.flush()
    record_changed("signal", *(signal.id for signal in raised), *gone)
    return len(rep_days)


def _take(limit: int) -> list[RepDay]:
    oldest = (
        select(UnexaminedDay.rep_id, UnexaminedDay.day)
        .order_by(UnexaminedDay.rep_id, UnexaminedDay.day)
        .limit(limit)
        # Another worker's days are left to it. SQLite has one writer and ignores this.
        .with_for_update(skip_locked=True)
    )
    rows = db.session.execute(
        delete(UnexaminedDay)
        .where(tuple_(UnexaminedDay.rep_id, UnexaminedDay.day).in_(oldest))
        .returning(UnexaminedDay.rep_id, UnexaminedDay.day)
        .execution_options(synchronize_session=False)
    )
    return [(row.rep_id, row.day) for row in rows]
