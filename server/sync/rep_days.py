"""The feed follows the calendar: what a day that is over let a phone see leaves it.

A stop lets its rep see another's customer until its day is over, a team's rules count for its reps
of the day, and rows grow old (`window.py`). Nobody writes a row when that happens.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from server.customers.models import Customer
from server.fences.operations import tell_policies
from server.identity.models import User
from server.planning.models import JourneyStop
from server.platform.database import db, upsert
from server.platform.events import record_changed
from server.sync.models import RepDay
from server.sync.window import LEAST_DAYS, WINDOWS
from server.teams.models import TeamMembership
from shared.time import business_day, is_zone

_CLOSED_TIMES = 4
"""Closed deals stay so many times as long as the rest: a year, if that stays 90 days."""
_LOOKED_BACK = dt.timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Dates:
    """What a row of `RepDay` says."""

    day: dt.date
    kept_from: dt.date
    closed_from: dt.date


def dates_on(day: dt.date, *, kept_days: int) -> Dates:
    """Return what is on phones on a day, if old rows stay for so many days."""
    kept_days = max(kept_days, LEAST_DAYS)
    return Dates(
        day=day,
        kept_from=day - dt.timedelta(days=kept_days),
        closed_from=day - dt.timedelta(days=kept_days * _CLOSED_TIMES),
    )


def behind(*, at: dt.datetime, kept_days: int, zone: str) -> Iterator[tuple[str, Dates]]:
    """Give the active people in whose feeds it is not the day it is for them.

    :param zone: the organisation's, for those of whom none is known
    """
    zones = db.session.scalars(select(User.time_zone).where(User.active).distinct()).all()
    dates = {
        each: dates_on(business_day(at, each if is_zone(each) else zone), kept_days=kept_days)
        for each in zones
    }
    if not dates:
        return
    today = case({each: found.day for each, found in dates.items()}, value=User.time_zone)
    kept_from = case({each: found.kept_from for each, found in dates.items()}, value=User.time_zone)
    people = db.session.execute(
        select(User.id, User.time_zone)
        .outerjoin(RepDay, RepDay.rep_id == User.id)
        .where(
            User.active,
            or_(
                RepDay.rep_id.is_(None),
                RepDay.day < today,
                # Another number of days is asked for; but a clock that was put back asks nothing.
                (RepDay.day == today) & (RepDay.kept_from != kept_from),
            ),
        )
        .order_by(User.id)
    ).all()
    for rep_id, time_zone in people:
        yield rep_id, dates[time_zone]


def move_on(*, rep_id: str, dates: Dates) -> None:
    """Begin a day in a rep's feed, and enter what it changes; the same again changes nothing."""
    row = db.session.get(RepDay, rep_id, with_for_update=True)
    before = None if row is None else Dates(row.day, row.kept_from, row.closed_from)
    values = {
        "rep_id": rep_id,
        "day": dates.day,
        "kept_from": dates.kept_from,
        "closed_from": dates.closed_from,
    }
    upsert(RepDay, [values], keys=["rep_id"], update=["day", "kept_from", "closed_from"])
    over = db.session.scalars(_not_planned_any_more(rep_id, before, dates.day))
    record_changed("customer", *over)
    aged: dict[str, list[str]] = {}
    for entity, record_id in db.session.execute(_aged(rep_id, before, dates)):
        aged.setdefault(entity, []).append(record_id)
    for entity, ids in aged.items():
        record_changed(entity, *ids)
    since = before.day if before else dates.day - dt.timedelta(days=2)
    if db.session.scalar(_changed_team(rep_id, since, dates.day)) is not None:
        tell_policies(None)


def _not_planned_any_more(rep_id: str, before: Dates | None, day: dt.date) -> Select[str]:
    """Find others' customers at whom the rep had a stop lately, and has none from a day on.

    Whoever wrote in the moment in which the last day began is looked at once more.
    """
    still = aliased(JourneyStop)
    planned = (
        select(still.id)
        .where(
            still.rep_id == rep_id,
            still.customer_id == JourneyStop.customer_id,
            still.deleted_at.is_(None),
            still.day >= day,
        )
        .exists()
    )
    lately = [] if before is None else [JourneyStop.day >= before.day - _LOOKED_BACK]
    return (
        select(JourneyStop.customer_id)
        .join(Customer, Customer.id == JourneyStop.customer_id)
        .where(
            JourneyStop.rep_id == rep_id,
            JourneyStop.day < day,
            *lately,
            Customer.owner_id.is_distinct_from(rep_id),
            ~planned,
        )
        .distinct()
    )


def _aged(rep_id: str, before: Dates | None, now: Dates) -> Any:
    """Find the rows whose age counts otherwise now: with the days, or as the setting says."""
    limits: Mapping[str, tuple[dt.date | None, dt.date]] = {
        name: (None if before is None else getattr(before, name), getattr(now, name))
        for name in ("kept_from", "closed_from")
    }
    found = []
    for entity, window in WINDOWS.items():
        was, is_now = limits[window.since.key]
        between = [window.day < (is_now if was is None else max(was, is_now))]
        if was is not None:
            between.append(window.day >= min(was, is_now))
        model = window.owner.class_
        found.append(
            select(literal(entity).label("entity"), model.id).where(
                window.owner == rep_id, model.deleted_at.is_(None), *between
            )
        )
    return union_all(*found)


def _changed_team(rep_id: str, since: dt.date, until: dt.date) -> Select[str]:
    """Find whether a rep's time in a team began or ended after a day, up to another."""
    member = TeamMembership
    return (
        select(member.user_id)
        .where(
            member.user_id == rep_id,
            or_(
                (member.start_on > since) & (member.start_on <= until),
                (member.end_on > since) & (member.end_on <= until),
            ),
        )
        .limit(1)
    )
