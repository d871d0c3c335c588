"""What is counted once however often it occurs: customers and reps."""

from collections.abc import Sequence

from sqlalchemy import CTE, Subquery, and_, case, distinct, func, or_, select

from server.customers.models import CustomerAssignment
from server.identity.models import User
from server.metrics.models import CustomerDayRollup, DailyRollup
from server.metrics.sql.reach import Reach, Sums, buckets, holder_column, sums_by, within
from server.teams.models import TeamMembership
from shared.metrics.formula import Measure
from shared.time import Period

_ROLLUP = DailyRollup.__table__.c


def customer_counts(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> Sums:
    """Return how many different customers were visited or bought."""
    row = CustomerDayRollup
    bucket = buckets(periods)
    conditions = {
        "customers_visited": row.calls > 0,
        "assigned_customers_visited": and_(row.calls > 0, row.assigned == 1),
        "verified_customers_visited": and_(row.inside_calls > 0, row.assigned == 1),
        "active_outlets": row.won_deals > 0,
        "new_customers": row.first_won_deals > 0,
    }
    return (
        sums_by(
            bucket,
            reach.group(row.rep_id, row.team_id),
            *(
                func.count(distinct(case((conditions[measure.key], row.customer_id)))).label(
                    measure.key
                )
                for measure in measures
            ),
        )
        .join(row, within(bucket, row.day))
        .where(reach.rows(row.rep_id, row.team_id))
    )


def returning_counts(periods: Sequence[Period], reach: Reach) -> Sums:
    """Return how many customers bought in the period and in the twelve months before it."""
    row = CustomerDayRollup
    bucket = buckets(periods)
    group = reach.group(row.rep_id, row.team_id)
    customer = (
        select(
            bucket.c.number,
            holder_column(group),
            row.customer_id,
            func.max(case((row.day >= bucket.c.start, 1), else_=0)).label("now"),
            func.max(case((row.day < bucket.c.start, 1), else_=0)).label("before"),
        )
        .join(row, and_(row.day >= bucket.c.year_before, row.day < bucket.c.end))
        .where(row.won_deals > 0, reach.rows(row.rep_id, row.team_id))
        .group_by(bucket.c.number, row.customer_id, *group)
        .subquery()
    )
    return select(
        customer.c.number,
        customer.c.holder,
        func.sum(customer.c.now * customer.c.before).label("returning_outlets"),
    ).group_by(customer.c.number, customer.c.holder)


def assigned_counts(periods: Sequence[Period], reach: Reach) -> Sums:
    """Return how many customers were assigned to the reps at any time of the period."""
    customer = assigned_customers(buckets(periods), reach)
    return select(
        customer.c.number, customer.c.holder, func.count().label("customers_assigned")
    ).group_by(customer.c.number, customer.c.holder)


def assigned_customers(bucket: CTE, reach: Reach) -> Subquery:
    """Return the customers assigned to each holder at any time of each period."""
    assigned, member = CustomerAssignment, TeamMembership
    return (
        select(
            bucket.c.number,
            holder_column(reach.group(assigned.rep_id, member.team_id)),
            assigned.customer_id,
        )
        .join(
            assigned,
            and_(
                assigned.start_on < bucket.c.end,
                or_(assigned.end_on.is_(None), assigned.end_on > bucket.c.start),
            ),
        )
        .outerjoin(
            member,
            and_(
                member.user_id == assigned.rep_id,
                member.start_on < bucket.c.end,
                or_(member.end_on.is_(None), member.end_on > bucket.c.start),
                or_(member.end_on.is_(None), member.end_on > assigned.start_on),
                or_(assigned.end_on.is_(None), assigned.end_on > member.start_on),
            ),
        )
        .where(reach.rows(assigned.rep_id, member.team_id))
        .distinct()
        .subquery()
    )


def active_rep_counts(periods: Sequence[Period], reach: Reach) -> Sums:
    """Return how many reps with a quota had a visit or a deal event."""
    bucket = buckets(periods)
    return (
        sums_by(
            bucket,
            reach.group(_ROLLUP.rep_id, _ROLLUP.team_id),
            func.count(distinct(_ROLLUP.rep_id)).label("active_reps"),
        )
        .join(DailyRollup, within(bucket, _ROLLUP.day))
        .join(User, User.id == _ROLLUP.rep_id)
        .where(
            _ROLLUP.active == 1,
            User.quota_carrying,
            reach.rows(_ROLLUP.rep_id, _ROLLUP.team_id),
        )
    )
