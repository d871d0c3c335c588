"""Reading the day as it happens: where each rep is, what they are doing, today's visits."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, inspect, select

from server.customers.models import Customer, LocationProposal
from server.forms.queries import versions
from server.identity.models import User
from server.live.models import LastPosition
from server.photos.models import Photo
from server.platform.access import Access
from server.platform.database import db
from server.rejudgements.models import RejudgedVisit
from server.teams.models import Team, TeamMembership
from server.tracking.models import TrackChunk, TrackingConsent, WorkDay
from server.visits.models import CheckIn, CheckOut, Visit
from shared.vocabulary import Verdict, VisitState


class Doing(StrEnum):
    """What a rep does now, as far as the server has heard."""

    VISITING = "visiting"
    WORKING = "working"
    FINISHED = "finished"
    NOT_STARTED = "not_started"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Where and when a rep was seen last."""

    latitude: float
    longitude: float
    accuracy_m: float | None
    battery_percent: int | None
    source: str
    at: dt.datetime


@dataclass(frozen=True)
class LiveVisit:
    """A visit of today."""

    id: str
    rep_id: str
    customer_name: str
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    time_zone: str
    verdict: Verdict | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, kw_only=True)
class LiveRep:
    """A rep on the live map."""

    id: str
    name: str
    team_id: str | None
    team_name: str | None
    time_zone: str
    doing: Doing
    since: dt.datetime | None
    """Since when: of the visit, or the day's start or end."""
    visits: tuple[LiveVisit, ...]
    seen: Seen | None

    @property
    def open_visit(self) -> LiveVisit | None:
        """Return the visit that is going on."""
        return next((visit for visit in self.visits if visit.ended_at is None), None)


def live_reps(
    *,
    access: Access,
    day: dt.date,
    team_ids: frozenset[str] | None = None,
    rep_id: str | None = None,
) -> list[LiveRep]:
    """Return the reps of today's teams, by name, with what is known of their day."""
    rows = db.session.execute(
        select(User, Team, LastPosition)
        .join(TeamMembership, TeamMembership.covers(User.id, day))
        .join(Team, Team.id == TeamMembership.team_id)
        .outerjoin(LastPosition, LastPosition.rep_id == User.id)
        .where(User.active, access.rows(User.id, TeamMembership.team_id))
        .where(*([] if team_ids is None else [TeamMembership.team_id.in_(team_ids)]))
        .where(*([] if rep_id is None else [User.id == rep_id]))
        .order_by(User.name, User.id)
    ).all()
    ids = [row.User.id for row in rows]
    days = _work_days(ids, day)
    visits: dict[str, list[LiveVisit]] = {}
    for visit in _visits(access, ids, day):
        visits.setdefault(visit.rep_id, []).append(visit)
    return [
        _rep(
            row.User, row.Team, row.LastPosition, days.get(row.User.id), visits.get(row.User.id, [])
        )
        for row in rows
    ]


def _rep(
    user: User,
    team: Team,
    last: LastPosition | None,
    started: tuple[dt.datetime, dt.datetime | None] | None,
    visits: list[LiveVisit],
) -> LiveRep:
    going_on = next((visit for visit in visits if visit.ended_at is None), None)
    doing, since = Doing.NOT_STARTED, None
    if going_on is not None:
        doing, since = Doing.VISITING, going_on.started_at
    elif started is not None:
        started_at, ended_at = started
        doing, since = (
            (Doing.WORKING, started_at) if ended_at is None else (Doing.FINISHED, ended_at)
        )
    return LiveRep(
        id=user.id,
        name=user.name,
        team_id=team.id,
        team_name=team.name,
        time_zone=user.time_zone,
        doing=doing,
        since=since,
        visits=tuple(visits),
        seen=None if last is None else _seen(last),
    )


def _seen(last: LastPosition) -> Seen:
    return Seen(
        latitude=last.latitude,
        longitude=last.longitude,
        accuracy_m=last.accuracy_m,
        battery_percent=last.battery_percent,
        source=last.source,
        at=last.measured_at,
    )


def _work_days(
    rep_ids: Iterable[str], day: dt.date
) -> dict[str, tuple[dt.datetime, dt.datetime | None]]:
    """Return when each rep's day began, and when the last piece of it ended (None: it runs)."""
    rows = db.session.execute(
        select(
            WorkDay.rep_id,
            func.min(WorkDay.started_at),
            func.max(WorkDay.ended_at),
            func.count() - func.count(WorkDay.ended_at),
        )
        .where(WorkDay.rep_id.in_(rep_ids), WorkDay.day == day)
        .group_by(WorkDay.rep_id)
    )
    return {
        rep_id: (started_at, None if running else ended_at)
        for rep_id, started_at, ended_at, running in rows
    }


def _visits(access: Access, rep_ids: Iterable[str], day: dt.date) -> list[LiveVisit]:
    rows = db.session.execute(
        select(
            Visit.id,
            Visit.rep_id,
            Customer.name,
            Visit.started_at,
            Visit.ended_at,
            Visit.time_zone,
            Visit.verdict,
            CheckIn.latitude,
            CheckIn.longitude,
        )
        .join(Customer, Customer.id == Visit.customer_id)
        .outerjoin(CheckIn, CheckIn.visit_id == Visit.id)
        .where(
            Visit.day == day,
            Visit.rep_id.in_(rep_ids),
            Visit.deleted_at.is_(None),
            Visit.state != VisitState.CANCELLED,
            access.rows(Visit.rep_id, Visit.team_id),
        )
        .order_by(Visit.started_at, Visit.id)
    )
    return [LiveVisit(*row) for row in rows]


def own_records(*, access: Access) -> dict[str, list[dict[str, Any]]]:
    """Return every row about the caller's days, column by column, newest first.

    The same rows their managers see drawn; nothing is left out but the hash of what arrived.
    """
    tables: dict[str, tuple[Any, Any]] = {
        "visits": (Visit, Visit.day),
        "check_ins": (CheckIn, CheckIn.captured_at),
        "check_outs": (CheckOut, CheckOut.captured_at),
        "rejudged_visits": (RejudgedVisit, RejudgedVisit.decided_at),
        "photos": (Photo, Photo.taken_at),
        "tracks": (TrackChunk, TrackChunk.started_at),
        "working_days": (WorkDay, WorkDay.started_at),
        "consents": (TrackingConsent, TrackingConsent.decided_at),
        "proposed_points": (LocationProposal, LocationProposal.proposed_at),
        "last_position": (LastPosition, LastPosition.measured_at),
    }
    records = {
        name: [
            {
                column.key: getattr(row, column.key)
                for column in inspect(model).column_attrs
                if column.key != "content_sha256"
            }
            for row in db.session.scalars(
                select(model).where(model.rep_id == access.user_id).order_by(order.desc())
            )
        ]
        for name, (model, order) in tables.items()
    }
    # What the answers of the visits were given to.
    records["form_questions"] = [
        {
            "id": question.id,
            "text": question.text,
            "options": {option.key: option.name for option in question.options},
        }
        for question in versions(access=access).values()
    ]
    return records
