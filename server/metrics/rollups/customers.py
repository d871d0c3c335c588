"""What each rep did with each customer on a day: where different customers are counted."""

from sqlalchemy import and_, case, func, literal, or_, select, union_all

from server.customers.models import CustomerAssignment
from server.metrics.models import DealFact
from server.metrics.rollups.counting import counted_visit, one_if, with_class
from server.metrics.rollups.scope import Counted, Scope
from server.teams.models import TeamMembership
from server.visits.models import Visit
from shared.vocabulary import Verdict


def customer_days(scope: Scope) -> Counted:
    """Return the rows of `CustomerDayRollup` for these rep-days."""
    visits = select(
        Visit.rep_id,
        Visit.day,
        Visit.customer_id,
        literal(1).label("calls"),
        one_if(Visit.verdict == Verdict.INSIDE).label("inside_calls"),
        literal(0).label("won_deals"),
        literal(0).label("first_won_deals"),
    ).where(*counted_visit(), scope.holds(Visit.rep_id, Visit.day))
    purchases = select(
        DealFact.rep_id,
        DealFact.day,
        DealFact.customer_id,
        literal(0),
        literal(0),
        literal(1),
        one_if(DealFact.purchase_number == 1),
    ).where(
        DealFact.won == 1,
        DealFact.customer_id.is_not(None),
        scope.holds(DealFact.rep_id, DealFact.day),
    )
    part = union_all(visits, purchases).subquery()
    both = (
        select(
            part.c.rep_id,
            part.c.day,
            part.c.customer_id,
            func.sum(part.c.calls).label("calls"),
            func.sum(part.c.inside_calls).label("inside_calls"),
            func.sum(part.c.won_deals).label("won_deals"),
            func.sum(part.c.first_won_deals).label("first_won_deals"),
        )
        .group_by(part.c.rep_id, part.c.day, part.c.customer_id)
        .cte()
    )
    joined, customer_class = with_class(both, both.c.customer_id, both.c.day)
    return (
        select(
            both.c.rep_id,
            both.c.day,
            both.c.customer_id,
            TeamMembership.team_id,
            customer_class.label("customer_class"),
            case((CustomerAssignment.rep_id.is_not(None), 1), else_=0).label("assigned"),
            both.c.calls,
            both.c.inside_calls,
            both.c.won_deals,
            both.c.first_won_deals,
        )
        .select_from(joined)
        .outerjoin(TeamMembership, TeamMembership.covers(both.c.rep_id, both.c.day))
        .outerjoin(
            CustomerAssignment,
            and_(
                CustomerAssignment.customer_id == both.c.customer_id,
                CustomerAssignment.rep_id == both.c.rep_id,
                CustomerAssignment.start_on <= both.c.day,
                or_(
                    CustomerAssignment.end_on.is_(None),
                    CustomerAssignment.end_on > both.c.day,
                ),
            ),
        )
    )
