"""How many visits were due by the class of the customers, and how many of those were made."""

from collections.abc import Sequence

from sqlalchemy import and_, case, func, or_, select

from server.customers.models import Customer
from server.metrics.models import CustomerDayRollup
from server.metrics.sql.different import assigned_customers
from server.metrics.sql.reach import Reach, Sums, buckets, holder_column, within
from shared.metrics.formula import Measure
from shared.time import Period
from shared.vocabulary import CustomerClass


def frequency_sums(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> Sums:
    """
    Return the visits due to the assigned customers, and those made of them.

    Due is one in each full week of the period for class A, in each full fortnight for B, in each
    full four weeks for C. Visits beyond what is due do not count: over-visiting one customer
    hides no miss at another.
    """
    row = CustomerDayRollup
    bucket = buckets(periods)
    customer = assigned_customers(bucket, reach)
    group = reach.group(row.rep_id, row.team_id)
    visited = (
        select(
            bucket.c.number,
            holder_column(group),
            row.customer_id,
            func.sum(row.calls).label("calls"),
        )
        .join(row, within(bucket, row.day))
        .where(reach.rows(row.rep_id, row.team_id))
        .group_by(bucket.c.number, row.customer_id, *group)
        .subquery()
    )
    due = case(
        (Customer.customer_class == CustomerClass.A, bucket.c.weeks),
        (Customer.customer_class == CustomerClass.B, bucket.c.weeks // 2),
        else_=bucket.c.weeks // 4,
    )
    calls = func.coalesce(visited.c.calls, 0)
    sums = {
        "due_visits": func.sum(due),
        "due_visits_made": func.sum(case((calls < due, calls), else_=due)),
    }
    return (
        select(
            customer.c.number,
            customer.c.holder,
            *(sums[measure.key].label(measure.key) for measure in measures),
        )
        .join(bucket, bucket.c.number == customer.c.number)
        .join(Customer, and_(Customer.id == customer.c.customer_id, Customer.deleted_at.is_(None)))
        .outerjoin(
            visited,
            and_(
                visited.c.number == customer.c.number,
                visited.c.customer_id == customer.c.customer_id,
                or_(visited.c.holder == customer.c.holder, customer.c.holder.is_(None)),
            ),
        )
        .group_by(customer.c.number, customer.c.holder)
    )
