"""When each rule speaks: one statement per rule finds everybody it speaks of."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select

from server.alerts.models import AlertRule
from server.deals.models import Deal, StageChange
from server.fences.models import FenceOverride
from server.identity.models import Device, User
from server.metrics.models import DailyRollup
from server.metrics.sql.reach import By, Reach
from server.metrics.sql.targets import calendar_of, target_sums
from server.planning.models import JourneyStop
from server.platform.access import SYSTEM
from server.platform.database import db
from server.signals.models import Signal, SignalReview
from server.teams.models import TeamMembership
from server.tracking.models import TrackChunk, TrackingConsent, WorkDay
from server.visits.models import Visit
from shared.metrics import measures
from shared.time import Period, local_time
from shared.vocabulary import Role, StageKind, StopState

_ROLLUP = DailyRollup.__table__.c
_FEWEST_DAYS = 3
"""Working days of a month before its pace means anything."""
_RECENT = dt.timedelta(days=2)
_METRIC = "revenue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When the rules are looked at: the instant, and the organisation's business day."""

    at: dt.datetime
    today: dt.date

    @property
    def week(self) -> str:
        """Return the week: what lasts longer is told once in each."""
        year, week, _ = self.today.isocalendar()
        return f"{year}-{week}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule speaks of a rep."""

    rule: AlertRule
    occasion: str
    """Which of the rep's: a day, a week, an id."""
    rep_id: str
    team_id: str | None
    day: dt.date
    inputs: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Return what makes it one alert however often it is looked at."""
        return f"{self.rule} {self.rep_id} {self.occasion}"


def late_start(*, moment: Moment, threshold: int) -> Iterator[Finding]:
    """Find reps with planned visits today and none begun at this time of their day.

    :param threshold: minutes since the rep's midnight
    """
    is_time: list[ColumnElement[bool]] = []
    zones = select(User.time_zone).where(User.active, User.role == Role.REP).distinct()
    for zone in db.session.scalars(zones):
        there = local_time(moment.at, zone)
        if there.hour * 60 + there.minute >= threshold:
            is_time.append(and_(User.time_zone == zone, JourneyStop.day == there.date()))
    begun = exists().where(
        Visit.rep_id == User.id,
        Visit.day == JourneyStop.day,
        Visit.started_at.is_not(None),
        Visit.deleted_at.is_(None),
    )
    statement = (
        _reps(moment.today, JourneyStop.day, func.count().label("planned"))
        .join(JourneyStop, JourneyStop.rep_id == User.id)
        .where(
            or_(false(), *is_time),
            JourneyStop.state == StopState.PLANNED,
            JourneyStop.deleted_at.is_(None),
            ~begun,
        )
        .group_by(User.id, TeamMembership.team_id, JourneyStop.day)
    )
    for row in db.session.execute(statement):
        yield Finding(
            rule=AlertRule.LATE_START,
            occasion=row.day.isoformat(),
            rep_id=row.id,
            team_id=row.team_id,
            day=row.day,
            inputs={"planned": row.planned, "minutes": threshold},
        )


def not_synced(*, moment: Moment, threshold: int) -> Iterator[Finding]:
    """Find reps none of whose phones has synced for so many hours."""
    last = func.max(func.coalesce(Device.last_synced_at, Device.enrolled_at))
    statement = (
        _reps(moment.today, last.label("last"))
        .join(Device, Device.user_id == User.id)
        .where(Device.revoked_at.is_(None), Device.wiped_at.is_(None))
        .group_by(User.id, TeamMembership.team_id)
        .having(last < moment.at - dt.timedelta(hours=threshold))
    )
    for row in db.session.execute(statement):
        yield Finding(
            rule=AlertRule.NOT_SYNCED,
            occasion=f"{row.last:%Y%m%dT%H%M%S}",
            rep_id=row.id,
            team_id=row.team_id,
            day=moment.today,
            inputs={"since": row.last.isoformat()},
        )


def target_behind(*, moment: Moment, threshold: int) -> Iterator[Finding]:
    """Find reps whose revenue of the month is so many per cent below its pace.

    The pace is what the target asks for the working days up to yesterday, as the pages count it:
    with the ramp of who is new, the working time, and the days in the company.
    """
    month = Period.month(moment.today.year, moment.today.month)
    elapsed = Period(month.start, moment.today)
    if calendar_of([month]).days(elapsed) < _FEWEST_DAYS:
        return
    everybody = Reach(access=SYSTEM, by=By.REP)
    due = target_sums([_METRIC], [elapsed], everybody)
    reached = func.coalesce(func.sum(_ROLLUP[measures.REVENUE.column]), 0)
    statement = (
        _reps(moment.today, reached.label("reached"))
        .outerjoin(
            DailyRollup.__table__,
            and_(
                _ROLLUP.rep_id == User.id,
                _ROLLUP.day >= elapsed.start,
                _ROLLUP.day < elapsed.end,
            ),
        )
        .group_by(User.id, TeamMembership.team_id)
    )
    for row in db.session.execute(statement):
        asked, reached_minor = due.get((_METRIC, elapsed, row.id), 0), int(row.reached)
        if reached_minor * 100 < asked * (100 - threshold):
            yield Finding(
                rule=AlertRule.TARGET_BEHIND,
                occasion=moment.week,
                rep_id=row.id,
                team_id=row.team_id,
                day=moment.today,
                inputs={"behind": 100 - round(reached_minor * 100 / asked)},
            )


def deals_stuck(*, moment: Moment, threshold: int) -> Iterator[Finding]:
    """Find reps with open deals that have not changed stage for so many days."""
    moved = exists().where(
        StageChange.deal_id == Deal.id,
        StageChange.at >= moment.at - dt.timedelta(days=threshold),
    )
    statement = (
        _reps(moment.today, func.count().label("deals"))
        .join(Deal, Deal.owner_id == User.id)
        .where(
            Deal.kind.in_((StageKind.LEAD, StageKind.OPEN)),
            Deal.deleted_at.is_(None),
            Deal.voided_at.is_(None),
            ~moved,
        )
        .group_by(User.id, TeamMembership.team_id)
    )
    for row in db.session.execute(statement):
        yield Finding(
            rule=AlertRule.DEALS_STUCK,
            occasion=moment.week,
            rep_id=row.id,
            team_id=row.team_id,
            day=moment.today,
            inputs={"deals": row.deals, "days": threshold},
        )


def signals_waiting(*, moment: Moment, threshold: int) -> Iterator[Finding]:
    """Find reps of whom signals have waited for a decision for so many hours."""
    statement = (
        _reps(moment.today, func.count().label("signals"))
        .join(Signal, Signal.rep_id == User.id)
        .outerjoin(SignalReview, SignalReview.signal_id == Signal.id)
        .where(
            SignalReview.decided_at.is_(None),
            Signal.raised_at < moment.at - dt.timedelta(hours=threshold),
        )
        .group_by(User.id, TeamMembership.team_id)
    )
    for row in db.session.execute(statement):
        yield Finding(
            rule=AlertRule.SIGNALS_WAITING,
            occasion=moment.week,
            rep_id=row.id,
            team_id=row.team_id,
            day=moment.today,
            inputs={"signals": row.signals, "hours": threshold},
        )


def tracking_off(*, moment: Moment, threshold: int) -> Iterator[Finding]:
    """Find reps who consented, are at work and in touch, and whose route is not recorded.

    A phone out of touch says nothing either way: it has a rule of its own.

    :param threshold: minutes without a position of the route
    """
    since = moment.at - dt.timedelta(minutes=threshold)
    consented = _has_consented()
    recorded = exists().where(
        TrackChunk.rep_id == User.id,
        TrackChunk.day == WorkDay.day,
        TrackChunk.ended_at >= since,
    )
    in_touch = exists().where(
        Device.user_id == User.id,
        Device.revoked_at.is_(None),
        Device.last_synced_at >= moment.at - dt.timedelta(minutes=max(threshold // 2, 1)),
    )
    statement = (
        _reps(moment.today, WorkDay.day)
        .join(WorkDay, WorkDay.rep_id == User.id)
        .where(
            WorkDay.started_at.between(moment.at - dt.timedelta(hours=14), since),
            WorkDay.ended_at.is_(None),
            consented,
            in_touch,
            ~recorded,
        )
    )
    for row in db.session.execute(statement):
        yield Finding(
            rule=AlertRule.TRACKING_OFF,
            occasion=row.day.isoformat(),
            rep_id=row.id,
            team_id=row.team_id,
            day=row.day,
            inputs={"minutes": threshold},
        )


def override_used(*, moment: Moment, threshold: int) -> Iterator[Finding]:
    """Find check-ins of late that used a code to pass the fence; the threshold plays no part."""
    del threshold
    statement = (
        _reps(
            moment.today,
            FenceOverride.id.label("override_id"),
            FenceOverride.day,
            FenceOverride.visit_id,
        )
        .join(FenceOverride, FenceOverride.rep_id == User.id)
        .where(FenceOverride.used_at >= moment.at - _RECENT)
    )
    for row in db.session.execute(statement):
        yield Finding(
            rule=AlertRule.OVERRIDE_USED,
            occasion=row.override_id,
            rep_id=row.id,
            team_id=row.team_id,
            day=row.day,
            inputs={"visit_id": row.visit_id},
        )


def _has_consented() -> ColumnElement[bool]:
    """Return the condition that a rep's latest word on being tracked was yes."""
    latest = (
        select(TrackingConsent.given)
        .where(TrackingConsent.rep_id == User.id)
        .order_by(*TrackingConsent.latest_first())
        .limit(1)
        .correlate(User)
        .scalar_subquery()
    )
    return latest.is_(True)


def _reps(today: dt.date, *columns: Any) -> Select[Any]:
    """Select active reps, each with today's team."""
    statement: Any = (
        select(User.id, TeamMembership.team_id, *columns)
        .select_from(User)
        .outerjoin(TeamMembership, TeamMembership.covers(User.id, today))
        .where(User.active, User.role == Role.REP)
    )
    return statement


FIND: Mapping[AlertRule, Callable[..., Iterator[Finding]]] = {
    AlertRule.LATE_START: late_start,
    AlertRule.NOT_SYNCED: not_synced,
    AlertRule.TARGET_BEHIND: target_behind,
    AlertRule.DEALS_STUCK: deals_stuck,
    AlertRule.SIGNALS_WAITING: signals_waiting,
    AlertRule.TRACKING_OFF: tracking_off,
    AlertRule.OVERRIDE_USED: override_used,
}
