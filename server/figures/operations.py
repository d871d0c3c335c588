"""Telling reps what the office counts of them: who is to be told, and what has changed."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, exists, or_, select, update

from server.figures.models import FigureState, OwnFigure
from server.figures.queries import Told
from server.identity.models import Device, User
from server.metrics.models import StaleDay
from server.platform.database import among, db, dialect_insert, upsert
from server.platform.events import record_changed
from server.platform.prepared import Prepared
from shared.metrics.own import months_told
from shared.sync.ids import new_id

BATCH = 200
"""Reps counted together."""


class State(NamedTuple):
    """How a rep's row of `FigureState` stood when it was looked at."""

    rep_id: str
    generation: int
    told: int | None
    day: dt.date | None
    targets_version: int | None


def mark_counted(_sender: object = None, *, rep_ids: Collection[str], **_: object) -> None:
    """Note that days of these reps were counted, in the transaction that counts them."""
    # In one order for everybody, and raised instead of left alone: see the metrics' stale days.
    _MARK.write_all({"rep_id": rep_id, "generation": 1} for rep_id in sorted(rep_ids))


def _marking() -> Any:
    return dialect_insert(FigureState.__table__).on_conflict_do_update(
        index_elements=["rep_id"], set_={"generation": FigureState.generation + 1}
    )


_MARK = Prepared(_marking, columns=("rep_id", "generation"))


def waiting(*, today: dt.date, targets_version: int, limit: int = BATCH) -> list[State]:
    """
    Return reps with a phone who are to be told, none of whose days waits to be counted.

    So all that has come in of them by now is in what is read after this.
    """
    state = FigureState
    rows = db.session.execute(
        select(User.id, state.generation, state.told, state.day, state.targets_version)
        .outerjoin(state, state.rep_id == User.id)
        .where(
            _has_phone(),
            ~exists().where(StaleDay.rep_id == User.id),
            or_(
                state.told.is_distinct_from(state.generation),
                state.told.is_(None),
                state.day.is_distinct_from(today),
                state.targets_version.is_distinct_from(targets_version),
            ),
        )
        .order_by(User.id)
        .limit(limit)
    )
    return [
        State(row.id, row.generation or 0, row.told, row.day, row.targets_version) for row in rows
    ]


def _has_phone() -> ColumnElement[bool]:
    """Return the condition on a person: active, and somebody who fetches what is told."""
    return User.active & exists().where(
        Device.user_id == User.id, Device.revoked_at.is_(None), Device.wiped_at.is_(None)
    )


def tell(
    *,
    looked_at: Sequence[State],
    counted: Told,
    today: dt.date,
    targets_version: int,
    currency: str,
    at: dt.datetime,
) -> int:
    """
    Write what has changed, and note that it is told; return of how many reps.

    Not of those who were counted or told again since they were looked at: what was read of them may
    be older.

    :param counted: what was read after looking at them
    :param at: before looking at them
    """
    taken = _take(looked_at)
    known = {
        (row.rep_id, row.month): row
        for row in db.session.scalars(select(OwnFigure).where(among(OwnFigure.rep_id, taken)))
    }
    changed = []
    for rep_id in taken:
        for month, figures in counted[rep_id].items():
            row = known.get((rep_id, month.start))
            if row is None:
                row = OwnFigure(id=new_id(), rep_id=rep_id, month=month.start, version=0)
                db.session.add(row)
            elif (row.figures, row.currency) == (figures, currency):
                continue
            row.version += 1
            row.figures, row.currency, row.as_of = figures, currency, at
            changed.append(row.id)
    db.session.execute(
        update(FigureState)
        .where(among(FigureState.rep_id, taken))
        .values(told=FigureState.generation, day=today, targets_version=targets_version)
        .execution_options(synchronize_session=False)
    )
    db.session.flush()
    record_changed("own_figure", *changed)
    return len(taken)


def _take(looked_at: Sequence[State]) -> list[str]:
    """Hold the rows of those that are as they were, and return whose they are."""
    upsert(
        FigureState,
        [{"rep_id": each.rep_id, "generation": 0} for each in looked_at],
        keys=["rep_id"],
    )
    state = FigureState
    held = db.session.execute(
        select(state.rep_id, state.generation, state.told, state.day, state.targets_version)
        .where(among(state.rep_id, [each.rep_id for each in looked_at]))
        # In the order in which a count marks them, or the two could wait for each other.
        .order_by(state.rep_id)
        .with_for_update()
    )
    unchanged = set(looked_at)
    return [row.rep_id for row in held if State(*row) in unchanged]


def forget(*, today: dt.date) -> int:
    """Delete what is told of months that are over, and to people without a phone; return how many.

    Whoever has one again is told anew.
    """
    gone = db.session.execute(
        select(OwnFigure.id, OwnFigure.rep_id)
        .join(User, User.id == OwnFigure.rep_id)
        .where(or_(~_has_phone(), OwnFigure.month < months_told(today)[0].start))
    ).all()
    if not gone:
        return 0
    ids = [row.id for row in gone]
    db.session.execute(delete(OwnFigure).where(among(OwnFigure.id, ids)))
    db.session.execute(
        update(FigureState)
        .where(among(FigureState.rep_id, sorted({row.rep_id for row in gone})))
        .values(told=None)
        .execution_options(synchronize_session=False)
    )
    record_changed("own_figure", *ids)
    return len(ids)
