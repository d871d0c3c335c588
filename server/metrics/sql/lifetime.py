"""Predicted lifetime value: summed over the customers of a rep or team as they are now."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, true

from server.customers.models import Customer
from server.lifetime.models import CustomerLifetime
from server.metrics.sql.periods import Periods, buckets, sums_by
from server.metrics.sql.reach import Reach, Sums
from shared.metrics.formula import Measure


def predicted_sums(measures: Sequence[Measure], periods: Periods, reach: Reach) -> Sums:
    """
    Return how many customers the latest prediction covers and what they are to buy.

    A customer counts for the rep and team it has now: a prediction is about what is to come.
    """
    bucket, lifetime = buckets(periods), CustomerLifetime
    sums: Mapping[str, Any] = {
        "predicted_customers": func.count(),
        "predicted_value": func.sum(lifetime.value_minor),
    }
    return (
        sums_by(
            bucket,
            reach.group(Customer.owner_id, Customer.team_id),
            *(sums[measure.key].label(measure.key) for measure in measures),
        )
        .select_from(bucket.table)
        .join(lifetime, true())
        .join(Customer, Customer.id == lifetime.customer_id)
        .where(reach.rows(Customer.owner_id, Customer.team_id))
    )
