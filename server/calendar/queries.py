"""Reading the working calendar: it is the same for everybody."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from server.calendar.models import Holiday, WorkedHoliday
from server.platform.access import Access
from server.platform.database import db
from shared.time import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The holidays of some days, and those that were taken out."""

    holidays: Sequence[Holiday]
    worked: Sequence[WorkedHoliday]


def said_of(*, access: Access, day: dt.date) -> tuple[str, bool, bool] | None:
    """Return name of a holiday, whether it is the company's own, and whether it is worked."""
    del access  # everybody may see it
    row = db.session.get(Holiday, day) or db.session.get(WorkedHoliday, day)
    return None if row is None else (row.name, row.own, isinstance(row, WorkedHoliday))


def get_calendar(*, access: Access, period: Period) -> Calendar:
    """Return the holidays of these days, earliest first."""
    del access  # everybody may see it
    return Calendar(
        holidays=db.session.scalars(
            select(Holiday)
            .where(Holiday.day >= period.start, Holiday.day < period.end)
            .order_by(Holiday.day)
        ).all(),
        worked=db.session.scalars(
            select(WorkedHoliday)
            .where(WorkedHoliday.day >= period.start, WorkedHoliday.day < period.end)
            .order_by(WorkedHoliday.day)
        ).all(),
    )
