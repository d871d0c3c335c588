"""Days whose numbers move because a product is of another cost or category than was thought."""

import datetime as dt
import random
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import BigInteger, Date, Select, and_, func, literal, select, true

from server.deals.models import Deal, DealLine
from server.metrics.models import StaleDay
from server.metrics.operations.days import GENERATION_BITS
from server.metrics.rollups.counting import won_deal
from server.metrics.sql.literal_rows import literal_rows
from server.platform.database import Id, db, dialect_insert


def mark_days_of_products(
    _sender: object = None,
    *,
    costs: Mapping[str, dt.date],
    categories: Collection[str],
    **_: object,
) -> None:
    """
    Mark the days on which these products were sold, in two statements however often they were.

    :param costs: products with another margin since a day
    :param categories: products of another category; what is new to a customer that bought one of
        them, then or later, may differ
    """
    if costs:
        _mark(_sold_since(costs))
    if categories:
        _mark(_bought_since_by_buyers_of(categories))


def _sold_since(costs: Mapping[str, dt.date]) -> Select[Any, Any]:
    product = literal_rows({"product_id": Id(), "since": Date()}, sorted(costs.items()))
    return (
        select(Deal.closed_rep_id.label("rep_id"), Deal.closed_day.label("day"))
        .select_from(product)
        .join(DealLine, DealLine.product_id == product.c.product_id)
        .join(Deal, Deal.id == DealLine.deal_id)
        .where(*won_deal(), Deal.closed_day >= product.c.since)
        .distinct()
    )


def _bought_since_by_buyers_of(product_ids: Collection[str]) -> Select[Any, Any]:
    buyer = (
        select(Deal.customer_id, func.min(Deal.closed_day).label("since"))
        .join(DealLine, DealLine.deal_id == Deal.id)
        .where(*won_deal(), DealLine.product_id.in_(product_ids))
        .group_by(Deal.customer_id)
        .subquery()
    )
    return (
        select(Deal.closed_rep_id.label("rep_id"), Deal.closed_day.label("day"))
        .join(
            buyer,
            and_(buyer.c.customer_id == Deal.customer_id, Deal.closed_day >= buyer.c.since),
        )
        .where(*won_deal())
        .distinct()
    )


def _mark(rep_days: Any) -> None:
    found = rep_days.subquery()
    marks = (
        select(
            found.c.rep_id,
            found.c.day,
            literal(random.getrandbits(GENERATION_BITS), BigInteger()).label("generation"),
            func.now().label("marked_at"),
        )
        # SQLite takes the ON of a conflict for that of a join, where no WHERE stands between.
        .where(true(), found.c.rep_id.is_not(None))
        # In one order for everybody, or two transactions could wait for each other.
        .order_by(found.c.rep_id, found.c.day)
    )
    columns = ["rep_id", "day", "generation", "marked_at"]
    db.session.execute(
        dialect_insert(StaleDay.__table__)
        .from_select(columns, marks)
        .on_conflict_do_update(
            index_elements=["rep_id", "day"], set_={"generation": StaleDay.generation + 1}
        )
    )
