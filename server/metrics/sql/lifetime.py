"""Predicted lifetime value: summed over the customers of a rep or team as they are now."""

from collections.abc import Sequence

from sqlalchemy import func, true

from server.customers.models import Customer
from server.lifetime.models import CustomerLifetime
from server.metrics.sql.reach import Reach, Sums, buckets, sums_by
from shared.time import Period


def predicted_sums(periods: Sequence[Period], reach: Reach) -> Sums:
    """
    Return how many customers the latest prediction covers and what they are to buy.

    A customer counts for the rep and team it has now: a prediction is about what is to come.
    """
    bucket, lifetime = buckets(periods), CustomerLifetime
    return (
        sums_by(
            bucket,
            reach.group(Customer.owner_id, Customer.team_id),
            func.count().label("predicted_customers"),
            func.sum(lifetime.value_minor).label("predicted_value"),
        )
        .select_from(bucket.table)
        .join(lifetime, true())
        .join(Customer, Customer.id == lifetime.customer_id)
        .where(reach.rows(Customer.owner_id, Customer.team_id))
    )
