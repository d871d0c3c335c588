"""How the costs of winning customers are counted: on the day of the cost, whoever it is for."""

from sqlalchemy import select

from server.costs.models import Cost
from server.metrics.rollups.counting import one_if
from server.metrics.rollups.scope import Counted, Scope
from shared.vocabulary import CostCategory

_ACQUISITION = tuple(category for category in CostCategory if category.is_acquisition)


def counted_costs(scope: Scope) -> Counted:
    """Return the costs of winning customers, and what each adds.

    With the `team_id` of the day; a cost of a team as a whole, or of the company, has no rep.
    """
    return select(
        Cost.id,
        Cost.rep_id,
        Cost.team_id,
        Cost.day,
        Cost.base_amount_minor.label("acquisition_cost_minor"),
        one_if(Cost.waits_for_rate).label("costs_without_rate"),
    ).where(
        Cost.deleted_at.is_(None),
        Cost.category.in_(_ACQUISITION),
        scope.holds(Cost.rep_id, Cost.day),
    )
