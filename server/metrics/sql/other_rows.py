"""The rows behind what is no plain sum: reps, clock times, medians, targets, predictions.

Each statement has the columns of `server/metrics/sql/row_columns.py`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Date, Integer, Select, cast, func, literal, select

from server.customers.models import Customer
from server.identity.models import User
from server.lifetime.models import CustomerLifetime, LifetimeFit
from server.metrics.models import DailyRollup, DealFact
from server.metrics.rollups.behind import DAY, DEAL
from server.metrics.sql.customer_rows import CUSTOMER, counted_customers
from server.metrics.sql.medians import VALUES
from server.metrics.sql.reach import Cut, Reach
from server.metrics.sql.row_columns import row_columns
from server.metrics.sql.targets import FULL, targets_behind, working_spans
from server.platform.sql import days_between, larger, smaller
from shared.metrics.formula import Kind, Measure
from shared.metrics.measures import ACTIVE_REPS, PREDICTED_CUSTOMERS
from shared.time import Period

REP = "rep"
"""A rep who counts once, for as much of full time as there was."""
TARGET = "target"

_ROLLUP = DailyRollup.__table__.c


def other_rows(measure: Measure, period: Period, reach: Reach) -> Select[*tuple[Any, ...]] | None:
    """Return the rows behind what is no plain sum; None where it is one, or has none."""
    find = _FOUND_BY.get(measure.kind)
    return None if find is None else find(measure, period, reach)


def _different(measure: Measure, period: Period, reach: Reach) -> Select[*tuple[Any, ...]] | None:
    if measure.key == ACTIVE_REPS.key:
        return _active_reps(period, reach)
    return counted_customers(measure, period, reach)


def _active_reps(period: Period, reach: Reach) -> Select[*tuple[Any, ...]]:
    """Return the active reps with a quota: first and last day with a visit or a deal event.

    The amount is in percent-days, of which somebody in full time has 100 for each day.
    """
    active = (
        select(
            _ROLLUP.rep_id,
            func.max(_ROLLUP.day).label("day"),
            func.min(_ROLLUP.day).label("first_day"),
            func.count().label("events"),
        )
        .join(User, User.id == _ROLLUP.rep_id)
        .where(
            _ROLLUP.active == 1,
            User.quota_carrying,
            _ROLLUP.day >= period.start,
            _ROLLUP.day < period.end,
            reach.rows(_ROLLUP.rep_id, _ROLLUP.team_id),
        )
        .group_by(_ROLLUP.rep_id)
        .subquery()
    )
    worth = _worth(period).subquery()
    full = literal(FULL * period.length_days)
    return select(
        *row_columns(
            REP,
            active.c.rep_id,
            rep_id=active.c.rep_id,
            day=active.c.day,
            amount=func.coalesce(worth.c.percent_days, full),
            first_day=active.c.first_day,
            events=active.c.events,
        )
    ).outerjoin(worth, worth.c.rep_id == active.c.rep_id)


def _worth(period: Period) -> Select[str, int]:
    """Return the percent-days of reps with a working time then; without one it is full time."""
    span = working_spans()
    last = literal(period.end, Date())
    start = larger(span.c.start_on, literal(period.start, Date()))
    end = smaller(func.coalesce(span.c.end_on, last), last)
    days = cast(days_between(start, end), Integer)
    return (
        select(span.c.rep_id, func.sum(span.c.percent * days).label("percent_days"))
        .where(start < end)
        .group_by(span.c.rep_id)
    )


def rep_days(measure: Measure, period: Period, reach: Reach) -> Select[*tuple[Any, ...]]:
    """Return the days of reps that have some of a measure, which was worked out for each.

    Of a first or last time every day that has one counts, also midnight.
    """
    value = _ROLLUP[measure.column]
    has_some = value != 0 if measure.kind is Kind.SUM else value.is_not(None)
    return select(
        *row_columns(
            DAY,
            _ROLLUP.rep_id,
            rep_id=_ROLLUP.rep_id,
            day=_ROLLUP.day,
            amount=value,
            team_id=_ROLLUP.team_id,
        )
    ).where(
        has_some,
        _ROLLUP.day >= period.start,
        _ROLLUP.day < period.end,
        reach.rows(_ROLLUP.rep_id, _ROLLUP.team_id),
    )


def _won_deals(measure: Measure, period: Period, reach: Reach) -> Select[*tuple[Any, ...]]:
    """Return the won deals among which the middle one is looked for."""
    fact = DealFact
    value, condition = VALUES[measure.key]
    cut = Cut(source=fact.source, customer_class=fact.customer_class)
    return select(
        *row_columns(
            DEAL,
            fact.deal_id,
            rep_id=fact.rep_id,
            day=fact.day,
            customer_id=fact.customer_id,
            amount=value,
            team_id=fact.team_id,
        )
    ).where(
        fact.won == 1,
        condition,
        fact.day >= period.start,
        fact.day < period.end,
        reach.rows(fact.rep_id, fact.team_id, cut),
    )


def _targets(measure: Measure, period: Period, reach: Reach) -> Select[*tuple[Any, ...]]:
    """Return the targets of reps, and of teams as a whole, with what counts in the period."""
    target = targets_behind(measure.key.removesuffix("_target"), period, reach).subquery().c
    return select(
        *row_columns(
            TARGET,
            target.id,
            rep_id=target.rep_id,
            day=target.month,
            amount=target.amount,
            team_id=target.team_id,
        )
    )


def _predicted(measure: Measure, _: Period, reach: Reach) -> Select[*tuple[Any, ...]]:
    """Return the customers of the latest prediction, with the orders after the first one.

    The day is the last one that the prediction knew of, whatever the period.
    """
    lifetime = CustomerLifetime
    amount: Any = literal(1) if measure.key == PREDICTED_CUSTOMERS.key else lifetime.value_minor
    return (
        select(
            *row_columns(
                CUSTOMER,
                lifetime.customer_id,
                rep_id=Customer.owner_id,
                day=LifetimeFit.last_day,
                customer_id=lifetime.customer_id,
                amount=amount,
                events=lifetime.repeats,
                team_id=Customer.team_id,
            )
        )
        .join(Customer, Customer.id == lifetime.customer_id)
        .join(LifetimeFit, LifetimeFit.id == lifetime.fit_id)
        .where(reach.rows(Customer.owner_id, Customer.team_id))
    )


_FOUND_BY: Mapping[Kind, Callable[[Measure, Period, Reach], Select[*tuple[Any, ...]] | None]] = {
    Kind.DISTINCT: _different,
    Kind.MIN: rep_days,
    Kind.MAX: rep_days,
    Kind.MEDIAN: _won_deals,
    Kind.TARGET: _targets,
    Kind.PREDICTION: _predicted,
}
