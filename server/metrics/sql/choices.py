"""What there is to choose from: days, rates of a kilometre."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select

from server.metrics.models import DailyRollup, KilometreRate
from server.platform.access import Access
from server.platform.database import db


def first_day(access: Access) -> dt.date | None:
    """Return the first day with any number the caller may see."""
    rollup = DailyRollup.__table__.c
    return db.session.scalar(
        select(func.min(rollup.day)).where(access.rows(rollup.rep_id, rollup.team_id))
    )


def kilometre_rates() -> Sequence[KilometreRate]:
    """Return what a kilometre costs, from each day on; the same for everybody."""
    return db.session.scalars(select(KilometreRate).order_by(KilometreRate.start_on)).all()
