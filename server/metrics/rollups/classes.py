"""What each rep did on a day at the customers of each class, by the class they had then."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CTE, func, select

from server.metrics.models import CLASS_MEASURES
from server.metrics.rollups.counting import column_of, side_by_side, with_class
from server.metrics.rollups.planning import cancelled_stops, plan_rows, planned_customers
from server.metrics.rollups.scope import Counted, Scope
from server.metrics.rollups.visits import counted_visits, visit_amounts
from server.teams.models import TeamMembership

_KEYS = ("rep_id", "day", "customer_class")
_TIMES: Mapping[str, Any] = {
    "first_started_at": func.min,
    "last_ended_at": func.max,
    "first_clock_s": func.min,
    "last_clock_s": func.max,
}


def class_days(scope: Scope) -> Counted:
    """Return the rows of `ClassDayRollup` for these rep-days."""
    visit, plan = counted_visits(scope), planned_customers(scope)
    rows = _visits(scope, visit, plan), plan_rows(visit, plan), cancelled_stops(scope)
    parts = [_by_class(each) for each in rows]
    key, joined = side_by_side(parts, _KEYS)
    member = TeamMembership
    return select(
        *(key.c[name] for name in _KEYS),
        member.team_id,
        *(
            func.coalesce(column_of(parts, measure.column), 0).label(measure.column)
            for measure in CLASS_MEASURES
        ),
        *(parts[0].c[name] for name in _TIMES),
    ).select_from(joined.outerjoin(member, member.covers(key.c.rep_id, key.c.day)))


def _by_class(rows: Counted) -> CTE:
    """Return the totals of what was at customers of each class."""
    part = rows.subquery()
    joined, customer_class = with_class(part, part.c.customer_id, part.c.day)
    counted = [column for column in part.c if column.name in _COUNTED]
    return (
        select(
            part.c.rep_id,
            part.c.day,
            customer_class.label("customer_class"),
            *(_TIMES.get(each.name, func.sum)(each).label(each.name) for each in counted),
        )
        .select_from(joined)
        .group_by(part.c.rep_id, part.c.day, customer_class)
        .cte()
    )


_COUNTED = frozenset({*(measure.column for measure in CLASS_MEASURES), *_TIMES})


def _visits(scope: Scope, visit: CTE, plan: CTE) -> Counted:
    joined, amounts = visit_amounts(scope, visit, plan)
    return select(
        visit.c.rep_id,
        visit.c.day,
        visit.c.customer_id,
        *(amount.label(name) for name, amount in amounts.items()),
        visit.c.started_at.label("first_started_at"),
        visit.c.ended_at.label("last_ended_at"),
        visit.c.started_clock_s.label("first_clock_s"),
        visit.c.ended_clock_s.label("last_clock_s"),
    ).select_from(joined)
