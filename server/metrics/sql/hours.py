"""From when to when reps made calls on a day."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from server.identity.models import User
from server.metrics.models import DailyRollup
from server.platform.access import Access
from server.platform.database import db


@dataclass(frozen=True)
class Hours:
    """A rep's day from call to call; seconds since local midnight."""

    rep_id: str
    rep_name: str
    first_s: int
    last_s: int | None
    """The last check-out; None while nothing is finished."""
    calls: int


def read_hours(
    *,
    access: Access,
    day: dt.date,
    rep_id: str | None = None,
    team_ids: Collection[str] | None = None,
    most: int,
) -> Sequence[Hours]:
    """Return those who made a call on the day, the first to begin at the top.

    :param most: of how many
    """
    columns = DailyRollup.__table__.c
    statement = (
        select(
            columns.rep_id,
            User.name,
            columns.first_call_clock_s,
            columns.last_call_clock_s,
            columns.calls,
        )
        .join(User, User.id == columns.rep_id)
        .where(
            columns.day == day,
            columns.first_call_clock_s.is_not(None),
            access.rows(columns.rep_id, columns.team_id),
        )
        .order_by(columns.first_call_clock_s, User.name, columns.rep_id)
        .limit(most)
    )
    if rep_id is not None:
        statement = statement.where(columns.rep_id == rep_id)
    if team_ids is not None:
        statement = statement.where(columns.team_id.in_(team_ids))
    return [Hours(*row) for row in db.session.execute(statement)]
