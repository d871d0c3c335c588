"""Keeping the working calendar: the country's public holidays, and what the company makes of them.

Numbers are prorated by the calendar when they are read, so a change of it re-opens no day.
"""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from holidays import country_holidays
from sqlalchemy import delete, select

from server.calendar.models import Holiday, WorkedHoliday
from server.platform import audit
from server.platform.database import db, dialect_insert, upsert
from server.platform.errors import NotFoundError, ProblemError
from server.platform.events import record_changed
from shared.i18n import N_

NO_COUNTRY = "none"
FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST_NAME = 120
_YEARS_BACK, _YEARS_AHEAD = 5, 2


class HolidayExistsError(ProblemError):
    """One day has one name."""

    code = "holiday.exists"
    status = 409
    title = N_("This day is a holiday already.")


class HolidayError(ProblemError):
    """A holiday has a name, and a day that this calendar reaches."""

    code = "holiday.out_of_range"
    status = 422
    title = N_("A holiday has a name of at most 120 letters and a day between 2000 and 2100.")


@lru_cache(maxsize=64)
def public_holidays(country: str, year: int) -> dict[dt.date, str]:
    """
    Return the public holidays of a year, named in the country's own language.

    Islamic and Chinese holidays of years to come are estimates until the state announces them.

    :param country: ISO 3166 code, with a part of the country as in `DE-BY`; or `none`
    :raises ValueError: if there is no such country
    """
    if country.lower() == NO_COUNTRY:
        return {}
    code, _, part = country.upper().partition("-")
    try:
        language = country_holidays(code).default_language
        found = country_holidays(code, subdiv=part or None, years=year, language=language)
    except NotImplementedError as error:
        raise ValueError(f"TAPAK_HOLIDAYS: no holidays are known of {country!r}") from error
    return {day: name[:LONGEST_NAME] for day, name in sorted(found.items())}


def fill_holidays(*, country: str, today: dt.date) -> int:
    """
    Enter the country's public holidays of the years around today; return how many days changed.

    Safe to repeat. What an administrator entered or took out stays so. From today on, days that
    are no longer in the country's calendar are taken out; days past stay, because numbers that
    were told then are not to move.

    :raises ValueError: if there is no such country
    """
    years = range(today.year - _YEARS_BACK, today.year + _YEARS_AHEAD + 1)
    public = {day: name for year in years for day, name in public_holidays(country, year).items()}
    worked = set(db.session.scalars(select(WorkedHoliday.day)))
    known = {row.day: row for row in db.session.scalars(select(Holiday))}
    changed = [day for day in public if day not in known and day not in worked]
    if changed:
        new = [{"day": day, "name": public[day], "own": False} for day in changed]
        # Two may do this at once.
        db.session.execute(dialect_insert(Holiday).values(new).on_conflict_do_nothing())
    for day, row in known.items():
        if row.own or day < today:
            continue
        if day not in public:
            db.session.delete(row)
        elif row.name != public[day]:
            row.name = public[day]
        else:
            continue
        changed.append(day)
    _tell(*changed)
    return len(changed)


def add_holiday(*, day: dt.date, name: str, at: dt.datetime, by: str) -> Holiday:
    """
    Enter a holiday of the company's own.

    :raises HolidayError: if the name is empty or too long, or the day out of reach
    :raises HolidayExistsError: if nobody works on this day anyway
    """
    name = " ".join(name.split())
    if not (0 < len(name) <= LONGEST_NAME and FIRST_YEAR <= day.year <= LAST_YEAR):
        raise HolidayError
    db.session.execute(delete(WorkedHoliday).where(WorkedHoliday.day == day))
    return _enter(day=day, name=name, own=True, at=at, by=by)


def remove_holiday(*, day: dt.date, at: dt.datetime, by: str) -> Holiday:
    """
    Make a holiday a working day.

    :raises NotFoundError: if the day is no holiday
    """
    holiday = db.session.get(Holiday, day)
    if holiday is None:
        raise NotFoundError
    db.session.delete(holiday)
    db.session.merge(WorkedHoliday(day=day, name=holiday.name, own=holiday.own))
    audit.record(
        action="holiday.removed", at=at, user_id=by, subject=day.isoformat(), name=holiday.name
    )
    _tell(day)
    return holiday


def restore_holiday(*, day: dt.date, at: dt.datetime, by: str) -> Holiday:
    """
    Make a holiday that was taken out one again.

    :raises NotFoundError: if none was taken out on this day
    """
    worked = db.session.get(WorkedHoliday, day)
    if worked is None:
        raise NotFoundError
    db.session.delete(worked)
    return _enter(day=day, name=worked.name, own=worked.own, at=at, by=by)


def put_holidays(rows: Sequence[dict[str, Any]]) -> None:
    """Write the company's own `day` and `name` in bulk, each day once; `worked` takes it out."""
    for model, other, worked in ((Holiday, WorkedHoliday, False), (WorkedHoliday, Holiday, True)):
        own = [
            {"day": row["day"], "name": row["name"], "own": True}
            for row in rows
            if row["worked"] is worked
        ]
        db.session.execute(delete(other).where(other.day.in_([row["day"] for row in own])))
        upsert(model, own, keys=["day"], update=["name", "own"])
    _tell(*(row["day"] for row in rows))


def _enter(*, day: dt.date, name: str, own: bool, at: dt.datetime, by: str) -> Holiday:
    entered = db.session.execute(
        dialect_insert(Holiday)
        .values(day=day, name=name, own=own)
        .on_conflict_do_nothing()
        .returning(Holiday.day)
    ).scalar()
    if entered is None:
        raise HolidayExistsError
    audit.record(action="holiday.added", at=at, user_id=by, subject=day.isoformat(), name=name)
    _tell(day)
    return db.session.get_one(Holiday, day)


def _tell(*days: dt.date) -> None:
    db.session.flush()
    record_changed("holiday", *(day.isoformat() for day in days))
