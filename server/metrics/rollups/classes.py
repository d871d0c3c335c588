"""What each rep did on a day at the customers of each class, by the class they had then."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, null, select, union_all

from server.metrics.models import CLASS_MEASURES
from server.metrics.rollups.counting import with_class
from server.metrics.rollups.planning import cancelled_stops, plan_rows
from server.metrics.rollups.scope import Counted, Scope
from server.metrics.rollups.visits import visit_amounts
from server.teams.models import TeamMembership

_ZERO: ColumnElement[int] = literal_column("0")
_TIMES: Mapping[str, Any] = {
    "first_started_at": func.min,
    "last_ended_at": func.max,
    "first_clock_s": func.min,
    "last_clock_s": func.max,
}
_COMBINED: Mapping[str, Any] = {
    **{measure.column: func.sum for measure in CLASS_MEASURES},
    **_TIMES,
}


def class_days(scope: Scope) -> Counted:
    """Return the rows of `ClassDayRollup` for these rep-days."""
    part = union_all(
        _padded(_visits(scope)), _padded(plan_rows(scope)), _padded(cancelled_stops(scope))
    ).subquery()
    joined, customer_class = with_class(part, part.c.customer_id, part.c.day)
    total = (
        select(
            part.c.rep_id,
            part.c.day,
            customer_class.label("customer_class"),
            *(combine(part.c[name]).label(name) for name, combine in _COMBINED.items()),
        )
        .select_from(joined)
        .group_by(part.c.rep_id, part.c.day, customer_class)
        .cte()
    )
    member = TeamMembership
    return select(
        total.c.rep_id,
        total.c.day,
        total.c.customer_class,
        member.team_id,
        *(total.c[name] for name in _COMBINED),
    ).outerjoin_from(total, member, member.covers(total.c.rep_id, total.c.day))


def _visits(scope: Scope) -> Counted:
    visit, joined, amounts = visit_amounts(scope)
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


def _padded(rows: Counted) -> Select[*tuple[Any, ...]]:
    counted = rows.subquery()
    empty = {name: null() if name in _TIMES else _ZERO for name in _COMBINED}
    return select(
        counted.c.rep_id,
        counted.c.day,
        counted.c.customer_id,
        *(
            counted.c[name] if name in counted.c else nothing.label(name)
            for name, nothing in empty.items()
        ),
    )
