"""One row for each rep-day, put together from what every feature counts."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, select, union_all

from server.metrics.rollups.deals import closed_contribution
from server.metrics.rollups.expenses import expense_contribution
from server.metrics.rollups.pipeline import (
    lead_contribution,
    opportunity_contribution,
    stage_contribution,
)
from server.metrics.rollups.route import route_contribution
from server.metrics.rollups.scope import Counted, Scope
from server.metrics.rollups.tracking import work_day_contribution
from server.metrics.rollups.travel import travel_contribution
from server.metrics.rollups.visits import visit_contribution
from server.teams.models import TeamMembership
from shared.metrics.formula import Kind
from shared.metrics.measures import ROLLUP_MEASURES

CONTRIBUTIONS: tuple[Callable[[Scope], Counted], ...] = (
    visit_contribution,
    route_contribution,
    work_day_contribution,
    travel_contribution,
    expense_contribution,
    lead_contribution,
    opportunity_contribution,
    stage_contribution,
    closed_contribution,
)

_NOTHING: ColumnElement[int] = literal_column("CAST(NULL AS BIGINT)")
_ZERO: ColumnElement[int] = literal_column("0")

# Two features say yes to the same question; everything else is counted by one of them.
_YES_OR_NO = {"active", "days_worked"}
_KINDS = {
    "active": Kind.SUM,
    **{measure.column: measure.kind for measure in ROLLUP_MEASURES.values()},
}


def daily_totals(scope: Scope) -> Counted:
    """Return the rows of `DailyRollup` for these rep-days."""
    part = union_all(*(_padded(contribution(scope)) for contribution in CONTRIBUTIONS)).subquery()
    total = (
        select(part.c.rep_id, part.c.day, *(_put_together(part.c[name]) for name in _KINDS))
        .group_by(part.c.rep_id, part.c.day)
        .cte()
    )
    return (
        select(total.c.rep_id, total.c.day, TeamMembership.team_id, *(total.c[n] for n in _KINDS))
        .select_from(total)
        .outerjoin(TeamMembership, TeamMembership.covers(total.c.rep_id, total.c.day))
    )


def _padded(contribution: Counted) -> Select[*tuple[Any, ...]]:
    """Give a contribution all columns, empty ones for what it does not count."""
    counted = contribution.subquery()
    columns = [
        counted.c[name]
        if name in counted.c
        else (_NOTHING if kind in {Kind.MIN, Kind.MAX} else _ZERO).label(name)
        for name, kind in _KINDS.items()
    ]
    return select(counted.c.rep_id, counted.c.day, *columns)


def _put_together(column: Any) -> ColumnElement[int]:
    if column.name in _YES_OR_NO or _KINDS[column.name] is Kind.MAX:
        return func.max(column).label(column.name)
    if _KINDS[column.name] is Kind.MIN:
        return func.min(column).label(column.name)
    return func.sum(column).label(column.name)
