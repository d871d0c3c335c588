"""Different customers of one class: those visited, won, assigned, and due by their class."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, distinct, func, or_, select

from server.customers.models import Customer, CustomerAssignment, PastCustomerClass
from server.metrics.models import CustomerDayRollup
from server.metrics.sql.periods import Buckets, Periods, buckets, sums_by, within
from server.metrics.sql.reach import By, Cut, Reach, Sums, holder_column
from server.metrics.sql.teams import may_hold
from server.teams.models import TeamMembership
from shared.metrics.formula import Measure
from shared.vocabulary import CustomerClass
from shared.working import VisitWeeks

_ROW = CustomerDayRollup
CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "customers_visited": _ROW.calls > 0,
    "assigned_customers_visited": and_(_ROW.calls > 0, _ROW.assigned == 1),
    "verified_customers_visited": and_(_ROW.inside_calls > 0, _ROW.assigned == 1),
    "active_outlets": _ROW.won_deals > 0,
    "returning_outlets": _ROW.won_deals > 0,
    "new_customers": _ROW.first_won_deals > 0,
}
"""On which days of a rep a customer counts. Who returns has bought in the year before as well."""

CLASS_AT_THE_END = func.coalesce(PastCustomerClass.customer_class, Customer.customer_class)
"""Of a customer joined with the class it had, if that was another one (`was_of_another_class`)."""


def was_of_another_class(customer_id: Any, end: Any) -> ColumnElement[bool]:
    """Return the condition on `PastCustomerClass` that it was a customer's the day before this."""
    past = PastCustomerClass
    return and_(past.customer_id == customer_id, past.start_on < end, past.end_on >= end)


def customers_of_class(measures: Sequence[Measure], periods: Periods, reach: Reach) -> Sums:
    """Return how many different customers were visited or bought."""
    row = CustomerDayRollup
    cut = Cut(customer_class=row.customer_class)
    bucket = buckets(periods)
    return (
        sums_by(
            bucket,
            reach.group(row.rep_id, row.team_id, cut),
            *(
                func.count(distinct(case((CONDITIONS[measure.key], row.customer_id)))).label(
                    measure.key
                )
                for measure in measures
            ),
        )
        .join(row, within(bucket, row.day))
        .where(reach.rows(row.rep_id, row.team_id, cut), may_hold(reach, row.rep_id))
    )


def assigned_counts(measures: Sequence[Measure], periods: Periods, reach: Reach) -> Sums:
    """Return how many customers were assigned to the reps at any time of the period."""
    customer = assigned_customers(buckets(periods), reach)
    counts = (func.count().label(measure.key) for measure in measures)
    return select(customer.c.number, customer.c.holder, *counts).group_by(
        customer.c.number, customer.c.holder
    )


def assigned_customers(bucket: Buckets, reach: Reach) -> Subquery:
    """
    Return the customers assigned to each holder at any time of each period.

    Their class is that of the last day of the period.
    """
    assigned, member = CustomerAssignment, TeamMembership
    cut = Cut(customer_class=CLASS_AT_THE_END)
    columns = (
        bucket.c.number,
        holder_column(reach.group(assigned.rep_id, member.team_id, cut)),
        assigned.customer_id,
        CLASS_AT_THE_END.label("customer_class"),
    )
    return assignments(columns, bucket, reach).distinct().subquery()


def assignments(columns: Sequence[Any], bucket: Buckets, reach: Reach) -> Select[*tuple[Any, ...]]:
    """Return these columns of each time that a customer was a rep's in each period.

    They are those of the periods, `CustomerAssignment`, `TeamMembership` and the customer's class.
    """
    assigned, member = CustomerAssignment, TeamMembership
    cut = Cut(customer_class=CLASS_AT_THE_END)
    return (
        select(*columns)
        .select_from(bucket.table)
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
        .join(Customer, Customer.id == assigned.customer_id)
        .outerjoin(PastCustomerClass, was_of_another_class(assigned.customer_id, bucket.c.end))
        .where(reach.rows(assigned.rep_id, member.team_id, cut), may_hold(reach, assigned.rep_id))
    )


def due_visits(customer_class: Any, weeks: Any, every: VisitWeeks) -> ColumnElement[int]:
    """Return how many visits are due to a customer in so many full weeks.

    One as often as the weeks between visits of the customer's class fit into them.
    """
    return case(
        *((customer_class == each, weeks // every.of(each)) for each in CustomerClass), else_=0
    )


def frequency_sums(
    what: tuple[VisitWeeks, *tuple[Measure, ...]], periods: Periods, reach: Reach
) -> Sums:
    """
    Return the visits due to the assigned customers, and those made of them.

    Visits beyond what is due do not count: over-visiting one customer hides no miss at another.

    :param what: the weeks from one visit to the next, and what is to be summed
    """
    every, *measures = what
    row = CustomerDayRollup
    bucket = buckets(periods)
    customer = assigned_customers(bucket, reach)
    # Whatever class the customer had at a visit: the one at the end of the period says what is due.
    everyone = replace(reach, customer_class=None, by=None if reach.by is By.CLASS else reach.by)
    group = everyone.group(row.rep_id, row.team_id)
    visited = (
        select(
            bucket.c.number,
            holder_column(group),
            row.customer_id,
            func.sum(row.calls).label("calls"),
        )
        .join(row, within(bucket, row.day))
        .where(everyone.rows(row.rep_id, row.team_id), may_hold(reach, row.rep_id))
        .group_by(bucket.c.number, row.customer_id, *group)
        .subquery()
    )
    due = due_visits(customer.c.customer_class, bucket.c.weeks, every)
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
        .join(bucket.table, bucket.c.number == customer.c.number)
        .join(Customer, and_(Customer.id == customer.c.customer_id, Customer.deleted_at.is_(None)))
        .outerjoin(
            visited,
            and_(
                visited.c.number == customer.c.number,
                visited.c.customer_id == customer.c.customer_id,
                *(() if everyone.by is None else (visited.c.holder == customer.c.holder,)),
            ),
        )
        .group_by(customer.c.number, customer.c.holder)
    )
