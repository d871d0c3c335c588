"""Journey plans: which outlets a rep is to visit on a day, and in which order."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.demo.blueprint import Company
from server.demo.people import Rep
from server.demo.rows import Rows
from server.demo.seasons import is_working_day
from server.demo.territory import WORKING_WEEK, Outlet, centre_of, nearest
from server.planning.models import JourneyStop
from shared.geo import Position
from shared.vocabulary import CustomerClass, StopState

FEWEST_STOPS = 8
MOST_STOPS = 14
PUBLISHED_BEFORE = dt.timedelta(days=15)


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A stop of a day's plan."""

    id: str
    sequence: int
    outlet: Outlet


def plan_day(company: Company, rep: Rep, day: dt.date) -> list[Stop]:
    """Return the stops of a working day, in the order of a short way through them."""
    outlets = [outlet for outlet in company.outlets_of(rep) if outlet.joined_on < day]
    due = [outlet for outlet in outlets if _is_due(outlet, day)]
    if len(due) < FEWEST_STOPS:
        chance = company.chance("spare", rep.code, day)
        spare = [outlet for outlet in outlets if outlet not in due and not outlet.neglected]
        spare.sort(key=lambda outlet: (_days_off(outlet, day), chance.random()))
        due += spare[: FEWEST_STOPS - len(due)]
    route = short_way(start_of(company, rep), due[:MOST_STOPS])
    chance = company.chance("stops", rep.code, day)
    published_at = company.at(day, 0) - PUBLISHED_BEFORE
    return [
        Stop(id=chance.record_id(published_at), sequence=sequence, outlet=outlet)
        for sequence, outlet in enumerate(route, start=1)
    ]


def add_stops(rows: Rows, company: Company, rep: Rep, day: dt.date, stops: Sequence[Stop]) -> None:
    """Add the plan of a day, nothing of it cancelled."""
    published_at = company.at(day, 0) - PUBLISHED_BEFORE
    for stop in stops:
        rows.add(
            JourneyStop,
            id=stop.id,
            rep_id=rep.id,
            customer_id=stop.outlet.id,
            day=day,
            sequence=stop.sequence,
            state=StopState.PLANNED,
            cancel_reason="",
            version=1,
            field_versions={},
            created_at=published_at,
            updated_at=published_at,
            deleted_at=None,
        )
    if stops:
        rows.mark(rep.id, day)


def working_days(first: dt.date, last: dt.date, *, today: dt.date) -> Iterator[dt.date]:
    """Yield the days reps are on the road. Today always is one, else there were nothing to try."""
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        if is_working_day(day) or day == today:
            yield day


def start_of(company: Company, rep: Rep) -> Position:
    """Return where a rep's day begins and ends: near the territory, as most live there."""
    centre = centre_of(company.outlets_of(rep))
    chance = company.chance("home", rep.code)
    return Position(
        round(centre.latitude + chance.uniform(-0.012, 0.012), 6),
        round(centre.longitude + chance.uniform(-0.012, 0.012), 6),
    )


def short_way(start: Position, outlets: Sequence[Outlet]) -> list[Outlet]:
    """Return the outlets, always the nearest next."""
    left, way, here = list(outlets), [], start
    while left:
        following = nearest(here, left)
        left.remove(following)
        way.append(following)
        here = following.position
    return way


def _is_due(outlet: Outlet, day: dt.date) -> bool:
    # Drinks and snacks turn over fast: every class is planned more often than it must be visited
    # (A weekly, B fortnightly, C monthly), which also fills a rep's day.
    if outlet.neglected:
        return False
    days_off = _days_off(outlet, day)
    if outlet.customer_class is CustomerClass.A:
        return days_off % 2 == 0
    if days_off:
        return False
    week = day.toordinal() // 7
    return outlet.customer_class is CustomerClass.B or (week % 2 == 1) is outlet.odd_weeks


def _days_off(outlet: Outlet, day: dt.date) -> int:
    return (day.weekday() - outlet.weekday) % WORKING_WEEK
