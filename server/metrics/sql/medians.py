"""Medians: from one fact row for each closed deal."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select

from server.metrics.models import DealFact
from server.metrics.sql.periods import Periods, buckets, within
from server.metrics.sql.reach import Cut, Reach, Sums, holder_column
from shared.metrics.formula import Measure

VALUES: Mapping[str, tuple[Any, ColumnElement[bool]]] = {
    "median_cycle_days": (DealFact.cycle_days, DealFact.cycle_days.is_not(None)),
    "median_purchase": (DealFact.value_minor, DealFact.value_minor > 0),
}
"""What the middle one is looked for of, and of which won deals."""


def middle_values(measure: Measure, periods: Periods, reach: Reach) -> Sums:
    """Return the sum of the one or two middle values of the won deals, and how many they are."""
    fact = DealFact
    value, condition = VALUES[measure.key]
    bucket = buckets(periods)
    cut = Cut(source=fact.source, customer_class=fact.customer_class)
    group = reach.group(fact.rep_id, fact.team_id, cut)
    each = (bucket.c.number, *group)
    ranked = (
        select(
            bucket.c.number,
            holder_column(group),
            value.label("value"),
            func.row_number().over(partition_by=each, order_by=value).label("place"),
            func.count().over(partition_by=each).label("rows"),
        )
        .join(fact, within(bucket, fact.day))
        .where(fact.won == 1, condition, reach.rows(fact.rep_id, fact.team_id, cut))
        .subquery()
    )
    middle = ranked.c.place.in_([(ranked.c.rows + 1) // 2, (ranked.c.rows + 2) // 2])
    return (
        select(
            ranked.c.number,
            ranked.c.holder,
            func.sum(ranked.c.value).label("total"),
            func.count().label("rows"),
        )
        .where(middle)
        .group_by(ranked.c.number, ranked.c.holder)
    )
