"""How many planned stops were visited in the planned order: worked out once for a rep-day."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Table, and_, delete, exists, func, select

from server.metrics.models import RouteFact
from server.metrics.rollups.counting import counted_visit
from server.metrics.rollups.lists import hex_digits, strung
from server.metrics.rollups.scope import Counted, RepDay, Scope
from server.planning.models import JourneyStop
from server.platform.bulk import insert_rows
from server.platform.database import db
from server.visits.models import Visit
from shared.vocabulary import StopState


def most_in_order(places: Iterable[int]) -> int:
    """Return the length of the longest increasing subsequence (Schensted 1961, by patience)."""
    ends: list[int] = []
    for place in places:
        spot = bisect_left(ends, place)
        ends[spot : spot + 1] = [place]
    return len(ends)


def work_out_routes(scope: Scope) -> None:
    """Replace the facts of these rep-days; of whole reps, add only those that are missing."""
    if scope.rep_days is not None:
        forget_routes(scope)
    table = RouteFact.__table__
    assert isinstance(table, Table)
    insert_rows(table, list(_facts(scope, only_missing=True)))


def forget_routes(scope: Scope) -> None:
    """Delete the facts of these rep-days, so that they are worked out again."""
    db.session.execute(
        delete(RouteFact)
        .where(scope.holds(RouteFact.rep_id, RouteFact.day))
        .execution_options(synchronize_session=False)
    )


def differing_routes(scope: Scope) -> set[RepDay]:
    """Return the rep-days of which the fact is not what plan and visits say, or is missing."""
    fact = RouteFact
    stored: dict[RepDay, int] = {
        (row.rep_id, row.day): row.stops_in_order
        for row in db.session.execute(
            select(fact.rep_id, fact.day, fact.stops_in_order).where(
                scope.holds(fact.rep_id, fact.day)
            )
        )
    }
    found = set()
    for row in _facts(scope, only_missing=False):
        key = row["rep_id"], row["day"]
        if stored.pop(key, None) != row["stops_in_order"]:
            found.add(key)
    return found.union(stored)


def route_contribution(scope: Scope) -> Counted:
    """Return the totals of the rep-days on which a planned stop was visited."""
    return select(RouteFact.rep_id, RouteFact.day, RouteFact.stops_in_order).where(
        scope.holds(RouteFact.rep_id, RouteFact.day)
    )


def _facts(scope: Scope, *, only_missing: bool) -> Iterator[dict[str, Any]]:
    for row in db.session.execute(_places(scope, only_missing=only_missing)):
        # Four hexadecimal digits each: a row for every stop takes longer to fetch than to count.
        in_order = most_in_order(_numbers(row.places))
        yield {"rep_id": row.rep_id, "day": row.day, "stops_in_order": in_order}


def _numbers(places: str) -> list[int]:
    return [int(places[start : start + 4], 16) for start in range(0, len(places), 4)]


def _places(scope: Scope, *, only_missing: bool) -> Counted:
    """Return the places in the plan of each rep-day's visits, in the order of the visits."""
    stop = _visited_stops(scope, only_missing=only_missing).subquery()
    return select(
        stop.c.rep_id,
        stop.c.day,
        strung(hex_digits(stop.c.place, 4), stop.c.first_at, stop.c.customer_id).label("places"),
    ).group_by(stop.c.rep_id, stop.c.day)


def _visited_stops(scope: Scope, *, only_missing: bool) -> Counted:
    """Return the planned customers visited, as they were visited, with their place in the plan.

    A customer counts once: by the first of its planned stops and the first visit of the day.
    """
    has_fact = exists().where(
        RouteFact.rep_id == JourneyStop.rep_id, RouteFact.day == JourneyStop.day
    )
    planned = (
        select(
            JourneyStop.rep_id,
            JourneyStop.day,
            JourneyStop.customer_id,
            func.row_number()
            .over(
                partition_by=(JourneyStop.rep_id, JourneyStop.day),
                order_by=(JourneyStop.sequence, JourneyStop.id),
            )
            .label("place"),
        )
        .where(
            JourneyStop.state == StopState.PLANNED,
            JourneyStop.deleted_at.is_(None),
            scope.holds(JourneyStop.rep_id, JourneyStop.day),
            *((~has_fact,) if only_missing else ()),
        )
        .subquery()
    )
    return (
        select(
            planned.c.rep_id,
            planned.c.day,
            planned.c.customer_id,
            func.min(planned.c.place).label("place"),
            func.min(Visit.started_at).label("first_at"),
        )
        .join(
            Visit,
            and_(
                Visit.rep_id == planned.c.rep_id,
                Visit.day == planned.c.day,
                Visit.customer_id == planned.c.customer_id,
            ),
        )
        .where(*counted_visit(), scope.holds(Visit.rep_id, Visit.day))
        .group_by(planned.c.rep_id, planned.c.day, planned.c.customer_id)
        .order_by(
            planned.c.rep_id, planned.c.day, func.min(Visit.started_at), planned.c.customer_id
        )
    )
