"""The evidence of some rep-days, read with one statement for each table."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select, tuple_

from server.customers.models import LocationProposal
from server.photos.models import Photo, PhotoBlob
from server.platform.database import db
from server.signals.models import ChainBreak
from server.signals.operations.rules import FASTEST_KMH, Break, DayEvidence, Moment, Shot, Stay
from server.teams.models import TeamMembership
from server.tracking.models import TrackChunk
from server.visits.models import CheckIn, CheckOut, Visit
from shared.checkin.time_trust import is_from_future
from shared.time import local_time
from shared.tracking.chunks import read_fixes
from shared.tracking.points import TrackPoint
from shared.vocabulary import TimeTrust, VisitState

RepDay = tuple[str, dt.date]


def read_days(rep_days: Collection[RepDay], *, fastest_kmh: int = FASTEST_KMH) -> list[DayEvidence]:
    """Return the evidence of these rep-days.

    :param fastest_kmh: nobody gets about faster
    """
    moments: dict[RepDay, list[Moment]] = defaultdict(list)
    for model, is_check_in in ((CheckIn, True), (CheckOut, False)):
        for row in db.session.scalars(_of(rep_days, select(model), model)):
            moments[row.rep_id, row.day].append(_moment(row, is_check_in=is_check_in))
    stays: dict[RepDay, list[Stay]] = defaultdict(list)
    customers: dict[str, set[RepDay]] = defaultdict(set)
    for visit in db.session.scalars(
        _of(rep_days, select(Visit), Visit).where(
            Visit.started_at.is_not(None),
            Visit.deleted_at.is_(None),
            Visit.state != VisitState.CANCELLED,
        )
    ):
        customers[visit.customer_id].add((visit.rep_id, visit.day))
        assert visit.started_at is not None
        stay = Stay(
            visit_id=visit.id,
            customer_id=visit.customer_id,
            start=visit.started_at,
            end=visit.ended_at,
            auto_closed=visit.auto_closed,
        )
        stays[visit.rep_id, visit.day].append(stay)
    track: dict[RepDay, list[TrackPoint]] = defaultdict(list)
    for chunk in db.session.scalars(_of(rep_days, select(TrackChunk), TrackChunk)):
        track[chunk.rep_id, chunk.day] += read_fixes(chunk.fixes)
    shots = _shots(rep_days)
    moves: dict[RepDay, list[tuple[str, dt.datetime]]] = defaultdict(list)
    for customer_id, moved_at in _moves(customers):
        for rep_day in customers[customer_id]:
            moves[rep_day].append((customer_id, moved_at))
    breaks: dict[RepDay, list[Break]] = defaultdict(list)
    for row in db.session.scalars(_of(rep_days, select(ChainBreak), ChainBreak)):
        found = Break(device_id=row.device_id, reason=row.reason, records=row.records)
        breaks[row.rep_id, row.day].append(found)
    teams = _teams(rep_days)
    return [
        DayEvidence(
            rep_id=rep_day[0],
            day=rep_day[1],
            team_id=teams.get(rep_day),
            moments=sorted(moments[rep_day], key=lambda moment: moment.at),
            stays=sorted(stays[rep_day], key=lambda stay: stay.start),
            track=sorted(track[rep_day], key=lambda point: point.at),
            shots=shots[rep_day],
            moves=moves[rep_day],
            breaks=breaks[rep_day],
            fastest_kmh=fastest_kmh,
        )
        for rep_day in rep_days
    ]


def _of(rep_days: Collection[RepDay], statement: Select[Any], model: Any) -> Select[Any]:
    return statement.where(
        model.rep_id.in_({rep_id for rep_id, _ in rep_days}),
        tuple_(model.rep_id, model.day).in_(list(rep_days)),
    )


def _moment(row: CheckIn | CheckOut, *, is_check_in: bool) -> Moment:
    fix = None
    if row.latitude is not None and row.longitude is not None:
        measured_at = row.captured_at - dt.timedelta(seconds=row.fix_age_s or 0)
        fix = TrackPoint(row.latitude, row.longitude, measured_at, row.accuracy_m, row.is_mock)
    return Moment(
        visit_id=row.visit_id,
        customer_id=row.customer_id,
        is_check_in=is_check_in,
        at=row.captured_at,
        trust=TimeTrust(row.time_trust),
        time_flags=row.time_flags,
        # A phone whose clock is fast stamps its positions with it: that is no contradiction.
        fix_ahead=row.fix_at is not None
        and is_from_future(row.fix_at, at=max(row.captured_at, row.wall_at)),
        fix=fix,
        device_id=row.device_id,
        distance_m=row.distance_m,
        radius_m=row.fence_radius_m if row.fence_latitude is not None else None,
        location_version=row.location_version,
        altitude_m=row.altitude_m,
        judged_otherwise=row.phone_verdict is not None and row.phone_verdict != row.verdict,
    )


def _shots(rep_days: Collection[RepDay]) -> dict[RepDay, list[Shot]]:
    """Return the photos of visits; what a rep took back is no evidence, nor is a receipt."""
    photos = list(
        db.session.scalars(
            _of(rep_days, select(Photo), Photo)
            .where(Photo.withdrawn_at.is_(None), Photo.visit_id.is_not(None))
            .order_by(Photo.taken_at, Photo.id)
        )
    )
    hashes = {photo.sha256 for photo in photos}
    made: dict[str, dt.datetime | None] = {
        row.sha256: row.made_at
        for row in db.session.execute(
            select(PhotoBlob.sha256, PhotoBlob.made_at).where(PhotoBlob.sha256.in_(hashes))
        )
    }
    uses: dict[str, list[tuple[dt.datetime, str, str | None]]] = defaultdict(list)
    for use in db.session.execute(
        select(Photo.sha256, Photo.taken_at, Photo.id, Photo.visit_id)
        .where(Photo.sha256.in_(hashes))
        .order_by(Photo.taken_at, Photo.id)
    ):
        uses[use.sha256].append((use.taken_at, use.id, use.visit_id))
    shots: dict[RepDay, list[Shot]] = defaultdict(list)
    for photo in photos:
        made_at = made.get(photo.sha256)
        before = [
            at
            for at, photo_id, visit_id in uses[photo.sha256]
            if visit_id != photo.visit_id and (at, photo_id) < (photo.taken_at, photo.id)
        ]
        local = local_time(photo.taken_at, photo.time_zone).replace(tzinfo=None)
        shot = Shot(
            photo_id=photo.id,
            visit_id=photo.visit_id,
            at=photo.taken_at,
            used_before_at=before[0] if before else None,
            made_before=local - made_at if made_at else None,
        )
        shots[photo.rep_id, photo.day].append(shot)
    return shots


def _moves(customer_ids: Collection[str]) -> list[tuple[str, dt.datetime]]:
    rows = db.session.execute(
        select(LocationProposal.customer_id, LocationProposal.decided_at).where(
            LocationProposal.customer_id.in_(customer_ids),
            LocationProposal.approved.is_(True),
            LocationProposal.decided_at.is_not(None),
        )
    )
    return [(row.customer_id, row.decided_at) for row in rows if row.decided_at is not None]


def _teams(rep_days: Collection[RepDay]) -> dict[RepDay, str]:
    last = max(day for _, day in rep_days)
    memberships = db.session.scalars(
        select(TeamMembership).where(
            TeamMembership.user_id.in_({rep_id for rep_id, _ in rep_days}),
            TeamMembership.start_on <= last,
        )
    ).all()
    return {
        (rep_id, day): membership.team_id
        for rep_id, day in rep_days
        for membership in memberships
        if membership.user_id == rep_id
        and membership.start_on <= day
        and (membership.end_on is None or membership.end_on > day)
    }
