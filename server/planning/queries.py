"""Reading journey plans: a rep's week beside what was visited, and what a plan is made from."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from blinker import Signal
from sqlalchemy import func, select

from server.customers.models import Customer
from server.planning.models import JourneyStop, PlanningRules
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.platform.versioned import fingerprint
from server.teams.models import TeamMembership
from server.teams.queries import RepRow, list_reps
from shared.geo import Position, haversine_m
from shared.time import Period
from shared.vocabulary import CustomerClass, StopState

calls_asked = Signal()
"""Asked with `rep_id`, `period` and `access`: which calls were made? Answered with `Call`s.

Visits stand above plans and may not be imported here; `server/app.py` connects them.
"""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A visit that was made, as far as a plan is concerned."""

    visit_id: str
    day: dt.date
    customer_id: str
    customer_name: str
    stop_id: str | None
    latitude: float | None
    longitude: float | None

    @property
    def position(self) -> Position | None:
        """Where the phone checked in."""
        return _position(self.latitude, self.longitude)


@dataclass(frozen=True, kw_only=True)
class Outlet:
    """A customer that may be planned."""

    id: str
    code: str
    name: str
    customer_class: CustomerClass
    position: Position | None
    address: str
    city: str
    contact_name: str
    phone: str


@dataclass(frozen=True, kw_only=True)
class PlanStop:
    """A stop of a week's plan."""

    id: str
    day: dt.date
    sequence: int
    state: StopState
    cancel_reason: str
    version: int
    field_versions: Mapping[str, int]
    outlet: Outlet
    visit_id: str | None

    @property
    def is_fixed(self) -> bool:
        """Whether something happened to it already, so that planning leaves it alone."""
        return self.visit_id is not None or self.state is StopState.CANCELLED


@dataclass(frozen=True, kw_only=True)
class PlanDay:
    """A day of the week: its stops in order, and the visits that were made."""

    day: dt.date
    is_past: bool
    stops: tuple[PlanStop, ...]
    calls: tuple[Call, ...]
    """What was visited, in its order."""

    @property
    def unplanned(self) -> tuple[Call, ...]:
        """The visits at customers that were not planned on this day."""
        planned = {stop.outlet.id for stop in self.stops}
        return tuple(call for call in self.calls if call.customer_id not in planned)

    @property
    def distance_m(self) -> float:
        """Metres from stop to stop as the crow flies; stops without a position are passed over."""
        return self.way_m(stop.outlet for stop in self.stops if stop.state is StopState.PLANNED)

    @staticmethod
    def way_m(outlets: Iterable[Outlet]) -> float:
        """Return the metres from outlet to outlet; those without a position are passed over."""
        places = [outlet.position for outlet in outlets if outlet.position]
        return sum(haversine_m(here, there) for here, there in pairwise(places))

    @property
    def planned(self) -> int:
        """How many stops are in the plan; cancelled ones are not."""
        return sum(stop.state is StopState.PLANNED for stop in self.stops)

    @property
    def visited(self) -> int:
        """How many of these were visited."""
        return sum(
            stop.visit_id is not None for stop in self.stops if stop.state is StopState.PLANNED
        )


@dataclass(frozen=True, kw_only=True)
class WeekPlan:
    """A rep's week, Monday first. `version` differs as soon as any stop does."""

    rep: RepRow
    week: Period
    version: str
    days: tuple[PlanDay, ...]

    @property
    def stops(self) -> list[PlanStop]:
        """All stops, day by day."""
        return [stop for day in self.days for stop in day.stops]

    def arrangement(self) -> dict[dt.date, list[str]]:
        """Return the customers of each day in order."""
        return {
            day.day: list(dict.fromkeys(stop.outlet.id for stop in day.stops)) for day in self.days
        }


def find_rep(*, access: Access, rep_id: str, today: dt.date) -> RepRow:
    """Return a rep whose plan the caller may see.

    :raises NotFoundError: if there is none
    """
    for rep in list_reps(access=access, day=today):
        if rep.id == rep_id:
            return rep
    raise NotFoundError


def get_week(*, access: Access, rep_id: str, week: Period, today: dt.date) -> WeekPlan:
    """Return the plan of a rep's week, and what was visited.

    :raises NotFoundError: if the caller may see no such rep
    """
    rep = find_rep(access=access, rep_id=rep_id, today=today)
    calls = _calls(access, rep_id, week)
    by_stop = {call.stop_id: call for call in calls if call.stop_id}
    by_place = {(call.day, call.customer_id): call for call in reversed(calls)}
    stops = []
    rows = db.session.execute(
        select(JourneyStop, Customer)
        .join(Customer, Customer.id == JourneyStop.customer_id)
        .outerjoin(TeamMembership, TeamMembership.covers(JourneyStop.rep_id, JourneyStop.day))
        .where(
            JourneyStop.rep_id == rep_id,
            JourneyStop.day >= week.start,
            JourneyStop.day < week.end,
            JourneyStop.deleted_at.is_(None),
            access.rows(JourneyStop.rep_id, TeamMembership.team_id),
        )
        .order_by(JourneyStop.day, JourneyStop.sequence, JourneyStop.id)
        .execution_options(populate_existing=True)
    )
    for stop, customer in rows:
        call = by_stop.get(stop.id) or by_place.get((stop.day, stop.customer_id))
        stops.append(_plan_stop(stop, customer, call))
    days = tuple(
        PlanDay(
            day=day,
            is_past=day < today,
            stops=tuple(stop for stop in stops if stop.day == day),
            calls=tuple(call for call in calls if call.day == day),
        )
        for day in week.days()
    )
    return WeekPlan(rep=rep, week=week, version=_version(stops), days=days)


def outlets_of_rep(*, access: Access, rep_id: str) -> list[Outlet]:
    """Return the customers a rep looks after, prospects too, by name."""
    rows = db.session.scalars(
        select(Customer)
        .where(
            Customer.owner_id == rep_id,
            Customer.deleted_at.is_(None),
            access.rows(Customer.owner_id, Customer.team_id),
        )
        .order_by(Customer.name, Customer.id)
    )
    return [_outlet(customer) for customer in rows]


def last_planned(*, access: Access, rep_id: str, before: dt.date) -> dict[str, dt.date]:
    """Return for each customer the last day it was planned for this rep; cancelled is not."""
    rows = db.session.execute(
        select(JourneyStop.customer_id, func.max(JourneyStop.day).label("day"))
        .outerjoin(TeamMembership, TeamMembership.covers(JourneyStop.rep_id, JourneyStop.day))
        .where(
            JourneyStop.rep_id == rep_id,
            JourneyStop.day < before,
            JourneyStop.state == StopState.PLANNED,
            JourneyStop.deleted_at.is_(None),
            access.rows(JourneyStop.rep_id, TeamMembership.team_id),
        )
        .group_by(JourneyStop.customer_id)
    )
    return {row.customer_id: row.day for row in rows}


def kept_rules_of_reps(
    *, access: Access, rep_ids: Iterable[str], today: dt.date
) -> dict[str, dict[str, Any]]:
    """Return the planning rules kept for each of these reps that has own ones, as JSON."""
    rows = db.session.execute(
        select(PlanningRules.rep_id, PlanningRules.rules)
        .join(TeamMembership, TeamMembership.covers(PlanningRules.rep_id, today))
        .where(
            PlanningRules.rep_id.in_(sorted(rep_ids)),
            access.rows(PlanningRules.rep_id, TeamMembership.team_id),
        )
    )
    return {row.rep_id: row.rules for row in rows}


def kept_rules_of_teams(team_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the planning rules kept for each of these teams that has own ones, as JSON.

    They hold for the teams below, too, whoever may see the team above.
    """
    rows = db.session.execute(
        select(PlanningRules.team_id, PlanningRules.rules).where(
            PlanningRules.team_id.in_(sorted(team_ids))
        )
    )
    return {row.team_id: row.rules for row in rows}


def _calls(access: Access, rep_id: str, week: Period) -> list[Call]:
    answers = calls_asked.send(None, rep_id=rep_id, period=week, access=access)
    return [call for _, calls in answers for call in calls]


def _version(stops: Iterable[PlanStop]) -> str:
    known = sorted(f"{stop.id}:{stop.version}" for stop in stops)
    return fingerprint(" ".join(known))


def _plan_stop(stop: JourneyStop, customer: Customer, call: Call | None) -> PlanStop:
    return PlanStop(
        id=stop.id,
        day=stop.day,
        sequence=stop.sequence,
        state=StopState(stop.state),
        cancel_reason=stop.cancel_reason,
        version=stop.version,
        field_versions=stop.field_versions,
        outlet=_outlet(customer),
        visit_id=call.visit_id if call else None,
    )


def _outlet(customer: Customer) -> Outlet:
    return Outlet(
        id=customer.id,
        code=customer.code,
        name=customer.name,
        customer_class=CustomerClass(customer.customer_class),
        position=_position(customer.latitude, customer.longitude),
        address=customer.address,
        city=customer.city,
        contact_name=customer.contact_name,
        phone=customer.phone,
    )


def _position(latitude: float | None, longitude: float | None) -> Position | None:
    return None if latitude is None or longitude is None else Position(latitude, longitude)
