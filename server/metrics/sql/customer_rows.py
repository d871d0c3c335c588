"""The customers behind a number that counts each of them once, or the visits due to each."""

import datetime as dt
from dataclasses import replace
from typing import Any

from sqlalchemy import Date, Integer, Select, and_, case, cast, func, literal, null, select

from server.customers.models import Customer, CustomerAssignment, PastCustomerClass
from server.metrics.models import CustomerDayRollup
from server.metrics.sql.class_customers import (
    CLASS_AT_THE_END,
    CONDITIONS,
    assignments,
    due_visits,
    was_of_another_class,
)
from server.metrics.sql.numbered import year_before
from server.metrics.sql.periods import buckets
from server.metrics.sql.reach import Cut, Reach
from server.metrics.sql.row_columns import row_columns
from server.metrics.sql.teams import may_hold
from server.platform.organisation import read_work_rules
from server.platform.sql import days_before, smaller
from server.teams.models import TeamMembership
from shared.metrics import measures as m
from shared.metrics.formula import Measure, Window
from shared.time import Period

CUSTOMER = "customer"
"""A customer that counts once, however often it was visited or bought."""

_ROW = CustomerDayRollup
_EVENTS: dict[str, Any] = {
    m.CUSTOMERS_VISITED.key: _ROW.calls,
    m.ASSIGNED_CUSTOMERS_VISITED.key: _ROW.calls,
    m.VERIFIED_CUSTOMERS_VISITED.key: _ROW.inside_calls,
    m.ACTIVE_OUTLETS.key: _ROW.won_deals,
    m.RETURNING_OUTLETS.key: _ROW.won_deals,
    m.NEW_CUSTOMERS.key: _ROW.first_won_deals,
}
"""Of what a customer's row says how often it happened."""
_FREQUENCY = {m.DUE_VISITS.key, m.DUE_VISITS_MADE.key}


def counted_customers(
    measure: Measure, period: Period, reach: Reach
) -> Select[*tuple[Any, ...]] | None:
    """
    Return the customers that the measure counts, each once: `kind`, `id`, `rep_id`, `day`,
    `customer_id`, `amount`, `first_day`, `events`, `team_id`.

    Rep, team and day are those of the last time; `events` says how many visits or orders there
    were, and of a customer who is only assigned nothing. None where it counts no customers.
    """  # noqa: D205 - the columns belong to the first sentence
    key = measure.over(Window.PERIOD).key
    if key in _FREQUENCY:
        return _due(key, period, reach)
    if key == m.CUSTOMERS_ASSIGNED.key:
        found = _assigned(period, reach)
    elif key in _EVENTS:
        found = _days(key, period, reach)
    else:
        return None
    # Most customers are with one rep: of a million days that leaves few to put in order.
    part = found.subquery().c
    whose = part.customer_id, part.rep_id, part.team_id
    row = (
        select(
            *whose,
            func.max(part.day).label("day"),
            func.min(part.first_day).label("first_day"),
            func.sum(part.events).label("events"),
        )
        .group_by(*whose)
        .subquery()
        .c
    )
    of = row.customer_id
    # A customer of two reps counts once: with who was there last.
    latest = func.row_number().over(partition_by=of, order_by=(row.day.desc(), row.rep_id))
    each = select(
        row.customer_id,
        row.rep_id,
        row.team_id,
        row.day,
        func.min(row.first_day).over(partition_by=of).label("first_day"),
        func.sum(row.events).over(partition_by=of).label("events"),
        latest.label("place"),
    ).subquery()
    return select(
        *row_columns(
            CUSTOMER,
            each.c.customer_id,
            rep_id=each.c.rep_id,
            day=each.c.day,
            customer_id=each.c.customer_id,
            amount=literal(1),
            first_day=each.c.first_day,
            events=cast(each.c.events, Integer),
            team_id=each.c.team_id,
        )
    ).where(each.c.place == 1)


def _days(key: str, period: Period, reach: Reach) -> Select[*tuple[Any, ...]]:
    """Return each rep-day of each customer on which it happened."""
    cut = Cut(customer_class=_ROW.customer_class)
    happened = and_(
        CONDITIONS[key],
        reach.rows(_ROW.rep_id, _ROW.team_id, cut),
        may_hold(reach, _ROW.rep_id),
    )
    conditions = [happened, _ROW.day >= period.start, _ROW.day < period.end]
    if key == m.RETURNING_OUTLETS.key:
        before = year_before(period)
        conditions.append(
            _ROW.customer_id.in_(
                select(_ROW.customer_id).where(
                    happened, _ROW.day >= before.start, _ROW.day < before.end
                )
            )
        )
    return select(
        _ROW.customer_id,
        _ROW.rep_id,
        _ROW.team_id,
        _ROW.day,
        _ROW.day.label("first_day"),
        _EVENTS[key].label("events"),
    ).where(*conditions)


def _assigned(period: Period, reach: Reach) -> Select[*tuple[Any, ...]]:
    """Return each time that each customer was a rep's in the period."""
    assigned = CustomerAssignment
    end = assigned.end_on
    last = literal(period.end - dt.timedelta(days=1), Date())
    columns = (
        assigned.customer_id,
        assigned.rep_id,
        TeamMembership.team_id,
        case((end < period.end, days_before(end, 1)), else_=last).label("day"),
        assigned.start_on.label("first_day"),
        cast(null(), Integer).label("events"),
    )
    return assignments(columns, buckets([period]), reach)


def _due(key: str, period: Period, reach: Reach) -> Select[*tuple[Any, ...]]:
    """Return the assigned customers to whom visits were due; `events` says how many there were.

    The amount is how many were due, or how many of these were made.
    """
    assigned = counted_customers(m.CUSTOMERS_ASSIGNED, period, reach)
    assert assigned is not None
    customer, row = assigned.subquery(), _ROW
    # Whatever class the customer had at a visit: the one at the end of the period says what is due.
    everyone = replace(reach, customer_class=None)
    visited = (
        select(row.customer_id, func.sum(row.calls).label("calls"))
        .where(
            row.day >= period.start,
            row.day < period.end,
            everyone.rows(row.rep_id, row.team_id),
            may_hold(reach, row.rep_id),
        )
        .group_by(row.customer_id)
        .subquery()
    )
    calls = func.coalesce(visited.c.calls, 0)
    every = read_work_rules().visits.on(period.last_day)
    due = due_visits(CLASS_AT_THE_END, literal(period.length_days // 7), every)
    amount = due if key == m.DUE_VISITS.key else smaller(calls, due)
    return (
        select(
            *row_columns(
                CUSTOMER,
                customer.c.id,
                rep_id=customer.c.rep_id,
                day=customer.c.day,
                customer_id=customer.c.customer_id,
                amount=amount,
                first_day=customer.c.first_day,
                events=cast(calls, Integer),
                team_id=customer.c.team_id,
            )
        )
        .join(Customer, and_(Customer.id == customer.c.customer_id, Customer.deleted_at.is_(None)))
        .outerjoin(PastCustomerClass, was_of_another_class(customer.c.customer_id, period.end))
        .outerjoin(visited, visited.c.customer_id == customer.c.customer_id)
        .where(amount > 0)
    )
