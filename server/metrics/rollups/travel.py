"""How travel, idle and unknown time are counted: worked out once for a rep-day, then summed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, delete, exists, func, insert, literal, select

from server.metrics.models import KilometreRate, TravelFact
from server.metrics.rollups.counting import counted_visit
from server.metrics.rollups.scope import Counted, RepDay, Scope
from server.platform.database import db
from server.platform.organisation import read_work_rules
from server.tracking.models import TrackChunk
from server.visits.models import CheckIn, Visit
from shared.geo import Position
from shared.tracking.chunks import pieces_of_chunks
from shared.tracking.day import Circle, divide_day

RepDays = Select[str, dt.date]
_BATCH = 100
"""Rep-days whose tracks are in memory at a time."""


def work_out_travel(scope: Scope) -> None:
    """Replace the facts of these rep-days; of whole reps, add only those that are missing.

    A track is long and does not change by itself: a full rebuild sums the facts there are.
    """
    if scope.rep_days is not None:
        forget_travel(scope)
    missing = _read_days(_without_facts(scope))
    for first in range(0, len(missing), _BATCH):
        rows = _facts(missing[first : first + _BATCH])
        db.session.execute(insert(TravelFact), rows)


def forget_travel(scope: Scope) -> None:
    """Delete the facts of these rep-days, so that they are worked out again."""
    db.session.execute(
        delete(TravelFact)
        .where(scope.holds(TravelFact.rep_id, TravelFact.day))
        .execution_options(synchronize_session=False)
    )


def misplaced_travel(scope: Scope) -> set[RepDay]:
    """Return the rep-days with a track and no fact, or with a fact and no track."""
    return {*_read_days(_without_facts(scope)), *_read_days(_without_tracks(scope))}


def differing_travel(scope: Scope) -> set[RepDay]:
    """Return the rep-days of which the fact is not what track and visits say, or is misplaced.

    Works every track of the scope out again, some milliseconds each.
    """
    found = misplaced_travel(scope)
    rep_days = _read_days(
        select(TravelFact.rep_id, TravelFact.day).where(
            scope.holds(TravelFact.rep_id, TravelFact.day)
        )
    )
    table = TravelFact.__table__
    for first in range(0, len(rep_days), _BATCH):
        some = [each for each in rep_days[first : first + _BATCH] if each not in found]
        few = Scope.of(some)
        stored = {
            (row["rep_id"], row["day"]): dict(row)
            for row in db.session.execute(
                select(table).where(few.holds(table.c.rep_id, table.c.day))
            ).mappings()
        }
        for row in _facts(some):
            key = row["rep_id"], row["day"]
            if stored[key] != row:
                found.add(key)
    return found


def _without_facts(scope: Scope) -> RepDays:
    """Select the rep-days with a track that were not worked out."""
    has_fact = exists().where(
        TravelFact.rep_id == TrackChunk.rep_id, TravelFact.day == TrackChunk.day
    )
    here = scope.holds(TrackChunk.rep_id, TrackChunk.day)
    return select(TrackChunk.rep_id, TrackChunk.day).where(here, ~has_fact).distinct()


def _without_tracks(scope: Scope) -> RepDays:
    """Select the rep-days that were worked out of a track that is gone."""
    has_track = exists().where(
        TrackChunk.rep_id == TravelFact.rep_id, TrackChunk.day == TravelFact.day
    )
    here = scope.holds(TravelFact.rep_id, TravelFact.day)
    return select(TravelFact.rep_id, TravelFact.day).where(here, ~has_track)


def _read_days(statement: RepDays) -> list[RepDay]:
    return [(row.rep_id, row.day) for row in db.session.execute(statement)]


def travel_contribution(scope: Scope) -> Counted:
    """Return the totals of the rep-days that have a track."""
    # Whole minor units, half up, for each rep-day: as an expense claim would be.
    cost = (TravelFact.travel_m * func.coalesce(kilometre_rate(TravelFact.day), 0) + 500) // 1000
    return select(
        TravelFact.rep_id,
        TravelFact.day,
        literal(1).label("tracked_days"),
        TravelFact.work_s.label("tracked_work_s"),
        TravelFact.travel_m,
        cost.label("travel_cost_minor"),
        TravelFact.travel_s,
        TravelFact.idle_s,
        TravelFact.unknown_s,
    ).where(scope.holds(TravelFact.rep_id, TravelFact.day))


def kilometre_rate(day: Any) -> ScalarSelect[int]:
    """Return what a kilometre costs on a day; nothing where no rate was set yet."""
    return (
        select(KilometreRate.rate_minor)
        .where(KilometreRate.start_on <= day)
        .order_by(KilometreRate.start_on.desc())
        .limit(1)
        .scalar_subquery()
    )


def _facts(rep_days: Sequence[RepDay]) -> list[dict[str, Any]]:
    scope = Scope.of(rep_days)
    chunks = defaultdict(list)
    for chunk in db.session.execute(
        select(TrackChunk.rep_id, TrackChunk.day, TrackChunk.fixes, TrackChunk.received_at).where(
            scope.holds(TrackChunk.rep_id, TrackChunk.day)
        )
    ):
        chunks[chunk.rep_id, chunk.day].append((chunk.fixes, chunk.received_at))
    visits, fences = defaultdict(list), defaultdict(list)
    for visit in db.session.execute(
        select(
            Visit.rep_id,
            Visit.day,
            Visit.started_at,
            Visit.ended_at,
            CheckIn.fence_latitude,
            CheckIn.fence_longitude,
            CheckIn.fence_radius_m,
        )
        .outerjoin(CheckIn, and_(CheckIn.visit_id == Visit.id, CheckIn.fence_latitude.is_not(None)))
        .where(*counted_visit(), scope.holds(Visit.rep_id, Visit.day))
    ):
        visits[visit.rep_id, visit.day].append((visit.started_at, visit.ended_at))
        if visit.fence_latitude is not None:
            centre = Position(visit.fence_latitude, visit.fence_longitude)
            fences[visit.rep_id, visit.day].append(Circle(centre, visit.fence_radius_m or 0))
    rows, idle_minutes = [], read_work_rules().idle_minutes
    for rep_id, day in rep_days:
        key = rep_id, day
        division = divide_day(
            track=pieces_of_chunks(chunks[key]),
            visits=visits[key],
            fences=fences[key],
            idle_from=dt.timedelta(minutes=idle_minutes.on(day)),
        )
        rows.append(
            {
                "rep_id": rep_id,
                "day": day,
                "work_s": division.work_s,
                "in_store_s": division.in_store_s,
                "travel_s": division.travel_s,
                "idle_s": division.idle_s,
                "unknown_s": division.unknown_s,
                "travel_m": division.travel_m,
            }
        )
    return rows
