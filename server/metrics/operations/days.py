"""Keeping the numbers up to date: mark days stale, count them again."""

import datetime as dt
import random
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, and_, delete, func, select, tuple_, union

from server.identity.models import User
from server.metrics.models import CustomerDayRollup, DailyRollup, DealFact, StaleDay
from server.metrics.rollups.assigned import days_of_changed, differing_lists
from server.metrics.rollups.counting import with_class
from server.metrics.rollups.months import note_counted
from server.metrics.rollups.rebuild import differing_days, rebuild
from server.metrics.rollups.reopened import days_maybe_reopened_by, days_reopened_by
from server.metrics.rollups.route import differing_routes, forget_routes
from server.metrics.rollups.scope import EVERYTHING, RepDay, Scope
from server.metrics.rollups.teams import TeamDay, TeamScope, count_teams, differing_team_days
from server.metrics.rollups.travel import differing_travel, forget_travel
from server.planning.models import JourneyStop
from server.platform.database import db, dialect_insert, is_postgresql
from server.platform.events import days_counted
from server.platform.prepared import Prepared
from server.teams.models import TeamMembership
from server.visits.models import Visit
from shared.time import Period

BATCH = 100
"""Rep-days counted in one transaction: enough to make each statement worth it."""

_MANY = 10 * BATCH
_VISITS_IN_A_PART = 100_000
_PARTS = 60
"""Of a large company not more, because each of them reads some whole tables."""
_SMALLER_ON_SQLITE = 5
"""So many times: nobody else writes there while a part is counted."""
_COUNTING = 5_230_417
"""Number of the lock between those who count all days of some reps and those who count a few."""
GENERATION_BITS = 48
"""A mark starts anywhere, so that one made anew is not taken for the one that was looked at."""

_REPS = select(User.id)

Mark = tuple[str, dt.date, int]
"""Rep, day and generation."""


def mark_days_stale(
    _sender: object = None, *, rep_id: str, days: Collection[dt.date], **_: object
) -> None:
    """Note that these days of the rep must be counted again, in the transaction of the change."""
    mark_stale({(rep_id, day) for day in days})


def mark_stale(rep_days: Collection[RepDay]) -> None:
    """Note that these rep-days must be counted again."""
    if not rep_days:
        return
    # In one order for everybody, or two transactions could wait for each other.
    rows = [
        {"rep_id": rep_id, "day": day, "generation": random.getrandbits(GENERATION_BITS)}
        for rep_id, day in sorted(rep_days)
    ]
    _MARK.write_all(rows)


def _marking() -> Any:
    statement = dialect_insert(StaleDay.__table__).values(marked_at=func.now())
    # Raised, not left alone: only a write waits for a worker that takes the mark away meanwhile,
    # and marks the day again after it.
    return statement.on_conflict_do_update(
        index_elements=["rep_id", "day"], set_={"generation": StaleDay.generation + 1}
    )


_MARK = Prepared(_marking, columns=("rep_id", "day", "generation"))


def mark_days_of_customers(
    _sender: object = None, *, entity: str, record_ids: Collection[str], **_: object
) -> None:
    """
    Mark the days that were counted with another class than these customers had then.

    And a day of each rep whose list of customers says something else of them.
    """
    if entity != "customer":
        return
    for first in range(0, len(record_ids), _MANY):
        some = list(record_ids)[first : first + _MANY]
        found = db.session.execute(
            union(*(_reclassed(row, some) for row in (CustomerDayRollup, DealFact)))
        )
        mark_stale({(each.rep_id, each.day) for each in found} | days_of_changed(some))


def _reclassed(
    row: type[CustomerDayRollup | DealFact], customer_ids: Collection[str]
) -> Select[str, dt.date]:
    joined, customer_class = with_class(row.__table__, row.customer_id, row.day)
    return (
        select(row.rep_id, row.day)
        .select_from(joined)
        .where(row.customer_id.in_(customer_ids), row.customer_class != customer_class)
    )


def mark_days_of_planned(
    _sender: object = None, *, customer_ids: Collection[str], day: dt.date, **_: object
) -> None:
    """Mark the days on which these customers are planned: from this one on they have other classes.

    What was counted of a plan does not tell customers apart.
    """
    stop = JourneyStop
    for first in range(0, len(customer_ids), _MANY):
        some = list(customer_ids)[first : first + _MANY]
        found = db.session.execute(
            select(stop.rep_id, stop.day).where(stop.customer_id.in_(some), stop.day >= day)
        )
        mark_stale({(each.rep_id, each.day) for each in found})


def mark_days_of_moved(_sender: object = None, *, rep_id: str, **_: object) -> None:
    """Mark the days that were counted for another team than the rep was in, or will be in, then."""
    row, member = DailyRollup.__table__, TeamMembership
    found = db.session.scalars(
        select(row.c.day)
        .outerjoin(member, member.covers(row.c.rep_id, row.c.day))
        .where(row.c.rep_id == rep_id, row.c.team_id.is_distinct_from(member.team_id))
    )
    mark_stale({(rep_id, day) for day in found})


def rebuild_next_stale_days(limit: int = BATCH) -> int:
    """
    Count the oldest stale days again; return how many those were.

    The marks are taken first and the facts read afterwards: a change that commits meanwhile waits
    for this transaction and then marks its day again. The other order would lose it.

    The days that these re-open are marked before any mark is taken, because that may wait: whoever
    waits while holding marks can deadlock with somebody who marks several days. A day that has
    changed since it was looked at may re-open others, so it is left for the next time.
    """
    _keep_whole_reps_out()
    looked_at = _oldest_marks(limit)
    if not looked_at:
        return 0
    scope = Scope.of([(rep_id, day) for rep_id, day, _ in looked_at])
    mark_stale(days_reopened_by(scope) - set(scope.rep_days or ()))
    taken = _take(looked_at)
    if taken:
        rebuild(Scope.of(taken))
        days_counted.send(None, rep_ids={rep_id for rep_id, _ in taken})
    return len(taken)


def _oldest_marks(limit: int) -> list[Mark]:
    """Return the oldest marks that nobody else holds, without holding them."""
    savepoint = db.session.begin_nested()
    rows = db.session.execute(
        select(StaleDay.rep_id, StaleDay.day, StaleDay.generation)
        .order_by(StaleDay.marked_at, StaleDay.rep_id, StaleDay.day)
        .limit(limit)
        # Another worker's days are left to it. SQLite has one writer and ignores this.
        .with_for_update(skip_locked=True)
    ).all()
    savepoint.rollback()
    return [(row.rep_id, row.day, row.generation) for row in rows]


def _take(marks: Collection[Mark]) -> list[RepDay]:
    """Delete these marks but for those that somebody has raised or holds; return their days."""
    unchanged = (
        select(StaleDay.rep_id, StaleDay.day)
        .where(
            StaleDay.rep_id.in_({rep_id for rep_id, _, _ in marks}),
            tuple_(StaleDay.rep_id, StaleDay.day, StaleDay.generation).in_(marks),
        )
        .with_for_update(skip_locked=True)
    )
    rows = db.session.execute(
        delete(StaleDay)
        .where(tuple_(StaleDay.rep_id, StaleDay.day).in_(unchanged))
        .returning(StaleDay.rep_id, StaleDay.day)
        .execution_options(synchronize_session=False)
    )
    return [(row.rep_id, row.day) for row in rows]


def find_wrong_days(period: Period) -> set[RepDay]:
    """
    Return the rep-days whose numbers are not what the raw rows say, though nobody marked them.

    Only reads. There should be none; such a day was written past the application, or by a bug.
    """
    marked = _marked(period)
    # A list is counted with any day of its rep.
    waiting = set(db.session.scalars(select(StaleDay.rep_id).distinct()))
    of_lists = {(rep_id, period.start) for rep_id in differing_lists() - waiting}
    return (differing_days(Scope(period=period)) | of_lists) - marked


def find_wrong_tracks(period: Period | None = None) -> set[RepDay]:
    """
    Return the rep-days that what was worked out of plan and track is wrong of; None: of all days.

    Only reads, and works out every track again: a second of processor time for some hundred.
    """
    scope, marked = EVERYTHING, set[RepDay]()
    if period is not None:
        scope, marked = Scope(period=period), _marked(period)
    return (differing_routes(scope) | differing_travel(scope)) - marked


def _marked(period: Period) -> set[RepDay]:
    rows = db.session.execute(
        select(StaleDay.rep_id, StaleDay.day).where(
            StaleDay.day >= period.start, StaleDay.day < period.end
        )
    )
    return {(row.rep_id, row.day) for row in rows}


def find_wrong_team_days(period: Period) -> set[TeamDay]:
    """Return the days of teams that are not what the days of their reps say. Only reads.

    There should be none either.
    """
    return set[TeamDay]().union(*differing_team_days(TeamScope(period=period)).values())


def most_days_are_stale() -> bool:
    """
    Return whether so many days are stale that it is quicker to count all of them again.

    After a large import, for instance: a batch at a time reads a customer's history again and
    again.
    """
    waiting = db.session.scalar(select(func.count()).select_from(StaleDay)) or 0
    if waiting < _MANY:
        return False
    counted = db.session.scalar(select(func.count()).select_from(DailyRollup)) or 0
    return waiting * 4 > counted


def parts_to_rebuild() -> list[list[str]]:
    """Return all reps in parts, each so small that counting it keeps nobody waiting for long."""
    parts: list[list[str]] = []
    room = 0
    member = TeamMembership
    visits = select(Visit.rep_id, func.count().label("rows")).group_by(Visit.rep_id).subquery()
    reps = db.session.execute(
        select(User.id, func.coalesce(visits.c.rows, 0).label("rows"))
        .outerjoin(visits, visits.c.rep_id == User.id)
        .outerjoin(member, and_(member.user_id == User.id, member.end_on.is_(None)))
        # Those of a team together: a part counts the days of all teams it touches.
        .order_by(member.team_id, User.id)
    ).all()
    smaller = 1 if is_postgresql() else _SMALLER_ON_SQLITE
    total = sum(rep.rows for rep in reps)
    size = max(_VISITS_IN_A_PART, total // _PARTS) // smaller
    for rep_id, rows in reps:
        if not parts or rows > room:
            parts.append([])
            room = size
        parts[-1].append(rep_id)
        room -= rows
    return parts


def rebuild_everything(rep_ids: Collection[str] | None = None) -> None:
    """
    Count all days again from the raw rows: of these reps, or of all.

    Safe to repeat. Done part by part it can be interrupted between any two: what the others' days
    must learn of a part is marked with it.

    It takes seconds, so nobody who changes a day waits for it: marks are taken last, and only those
    that are as they were at first. A day that was changed meanwhile is counted once more, and with
    it all that it may have re-opened: what it was before the change, nobody can tell any longer.
    """
    if is_postgresql():
        db.session.execute(select(func.pg_advisory_xact_lock(_COUNTING)))
    scope = EVERYTHING if rep_ids is None else Scope(rep_ids=tuple(rep_ids))
    marks = _marks(scope)
    reopened = set() if scope.is_everything else days_reopened_by(scope)
    rep_days = [(rep_id, day) for rep_id, day, _ in marks]
    for first in range(0, len(rep_days), _MANY):
        some = Scope.of(rep_days[first : first + _MANY])
        forget_travel(some)
        forget_routes(some)
    rebuild(scope)
    changed = sorted({(rep_id, day) for rep_id, day, _ in set(_marks(scope)).difference(marks)})
    for first in range(0, len(changed), _MANY):
        reopened |= days_maybe_reopened_by(Scope.of(changed[first : first + _MANY]))
    mark_stale(reopened)
    for first in range(0, len(marks), _MANY):
        _take(marks[first : first + _MANY])
    days_counted.send(None, rep_ids=set(db.session.scalars(_REPS) if rep_ids is None else rep_ids))


def count_team_days(team_days: Collection[TeamDay]) -> None:
    """Put the days of the reps of these teams together again."""
    _keep_whole_reps_out()
    note_counted([day for _, day in team_days])
    count_teams(TeamScope(team_days=frozenset(team_days)))


def _keep_whole_reps_out() -> None:
    """Wait for somebody who counts all days of some reps, and let nobody else begin to.

    Done first, so that nobody waits who holds anything. SQLite has one writer.
    """
    if is_postgresql():
        db.session.execute(select(func.pg_advisory_xact_lock_shared(_COUNTING)))


def _marks(scope: Scope) -> list[Mark]:
    """Return the marks there are, without holding them."""
    rows = db.session.execute(
        select(StaleDay.rep_id, StaleDay.day, StaleDay.generation).where(
            scope.holds(StaleDay.rep_id, StaleDay.day)
        )
    )
    return [(row.rep_id, row.day, row.generation) for row in rows]
