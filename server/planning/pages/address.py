"""What the pages of plans read from addresses, and how they call days."""

import datetime as dt

from babel.dates import format_skeleton

from server.web.formats import locale_of
from server.web.languages import current_language
from shared.time import Period
from shared.vocabulary import Role

PLANNERS = (Role.MANAGER, Role.ADMIN)
A_WEEK = dt.timedelta(days=7)


def read_week(day: str, today: dt.date) -> Period:
    """Return the week that holds a day of the address, or else today."""
    try:
        week = Period.week(dt.date.fromisoformat(day))
        return (
            week if dt.date(2000, 1, 1) < week.start < dt.date(2100, 1, 1) else Period.week(today)
        )
    except (ValueError, OverflowError):
        return Period.week(today)


def day_name(day: dt.date) -> str:
    """Return Mon, Nov 23."""
    return str(format_skeleton("MMMEd", day, locale=locale_of(current_language())))
