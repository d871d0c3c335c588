"""One row for each rep-day, put together from what every feature counts."""

from collections.abc import Callable, Sequence

from sqlalchemy import CTE, ColumnElement, func, or_, select

from server.metrics.rollups.counting import column_of, one_if, side_by_side
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
from shared.metrics.formula import Kind, Measure
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

# Two features say yes to the same question; everything else is counted by one of them.
_YES_OR_NO = ("active", "days_worked")


def daily_totals(scope: Scope) -> Counted:
    """Return the rows of `DailyRollup` for these rep-days."""
    parts = [contribution(scope).cte() for contribution in CONTRIBUTIONS]
    key, joined = side_by_side(parts, ("rep_id", "day"))
    member = TeamMembership
    return select(
        key.c.rep_id,
        key.c.day,
        member.team_id,
        *(_yes(name, parts).label(name) for name in _YES_OR_NO),
        *(
            _total(measure, parts).label(measure.column)
            for measure in ROLLUP_MEASURES.values()
            if measure.column not in _YES_OR_NO
        ),
    ).select_from(joined.outerjoin(member, member.covers(key.c.rep_id, key.c.day)))


def _yes(name: str, parts: Sequence[CTE]) -> ColumnElement[int]:
    return one_if(or_(*(part.c[name] == 1 for part in parts if name in part.c)))


def _total(measure: Measure, parts: Sequence[CTE]) -> ColumnElement[int]:
    counted = column_of(parts, measure.column)
    return counted if measure.kind in {Kind.MIN, Kind.MAX} else func.coalesce(counted, 0)
