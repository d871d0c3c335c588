"""Reading predictions: how customers have bought, the latest fit, and what it says of them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, case, func, select

from server.customers.models import Customer
from server.customers.queries.customers import CustomerFilter, of_filter
from server.deals.models import Deal
from server.identity.models import User
from server.lifetime.models import CustomerLifetime, LifetimeFit
from server.platform.access import Access
from server.platform.database import db
from server.platform.paging import Page, fetch_page, in_order, read_in_pieces
from shared.vocabulary import StageKind

_SORTS: dict[str, Any] = {
    "value": CustomerLifetime.value_minor,
    "purchases": CustomerLifetime.expected_purchases,
    "alive": CustomerLifetime.probability_alive,
    "repeats": CustomerLifetime.repeats,
    "mean": CustomerLifetime.mean_value_minor,
    "age": CustomerLifetime.age_weeks,
}


def buying_histories(*, access: Access, last_day: dt.date) -> Sequence[Row[Any]]:
    """
    Return how each customer has bought up to and including a day: one row each.

    `purchase_days` counts the days with a purchase, also one that cost nothing; `repeat_minor` is
    the value of all but the first of them. Customers of whose purchases one waits for an exchange
    rate are left out: what they spend is not known. The order follows from the data alone, so that
    both databases give the same.
    """
    waiting = select(Deal.customer_id).where(
        Deal.waits_for_rate,
        Deal.kind == StageKind.WON,
        Deal.customer_id.is_not(None),
        Deal.voided_at.is_(None),
        Deal.deleted_at.is_(None),
    )
    a_day = (
        select(
            Deal.customer_id,
            Deal.closed_day.label("day"),
            func.sum(Deal.base_amount_minor).label("value_minor"),
        )
        .where(
            Deal.kind == StageKind.WON,
            Deal.customer_id.is_not(None),
            Deal.customer_id.not_in(waiting),
            Deal.voided_at.is_(None),
            Deal.deleted_at.is_(None),
            Deal.closed_day <= last_day,
            access.rows(Deal.closed_rep_id, Deal.team_id),
        )
        .group_by(Deal.customer_id, Deal.closed_day)
        .subquery()
    )
    place = func.row_number().over(partition_by=a_day.c.customer_id, order_by=a_day.c.day)
    numbered = select(a_day, place.label("place")).subquery()
    later = case((numbered.c.place > 1, numbered.c.value_minor), else_=0)
    statement = select(
        numbered.c.customer_id,
        func.count().label("purchase_days"),
        func.min(numbered.c.day).label("first_day"),
        func.max(numbered.c.day).label("last_day"),
        func.sum(later).label("repeat_minor"),
    ).group_by(numbered.c.customer_id)
    return db.session.execute(
        statement.order_by("first_day", "purchase_days", "last_day", "repeat_minor")
    ).all()


def find_latest_fit() -> LifetimeFit | None:
    """Return the latest fit, which may have failed; it tells of no customer."""
    return db.session.scalar(select(LifetimeFit).order_by(LifetimeFit.fitted_at.desc()).limit(1))


def list_customer_lifetimes(
    *, access: Access, where: CustomerFilter, sort: str = "", page: int, size: int
) -> Page[Any]:
    """Return a page of the caller's customers with a prediction, the most valuable first.

    :param sort: `value`, `purchases`, `alive`, `repeats`, `mean` or `age`; with a minus, the
        largest first
    """
    return fetch_page(
        _sorted(access, where, sort), number=page, size=size, key=CustomerLifetime.customer_id
    )


def each_customer_lifetime(
    *, access: Access, where: CustomerFilter, sort: str = ""
) -> Iterator[Row[Any]]:
    """Give all of them, read piece by piece: for exports."""
    return read_in_pieces(_sorted(access, where, sort))


def _sorted(access: Access, where: CustomerFilter, sort: str) -> Select[*tuple[Any, ...]]:
    lifetime = CustomerLifetime
    key = sort.removeprefix("-")
    is_descending = sort.startswith("-") or key not in _SORTS
    column = _SORTS.get(key, lifetime.value_minor)
    return (
        select(
            lifetime.customer_id,
            Customer.name.label("customer_name"),
            Customer.code.label("customer_code"),
            User.name.label("owner_name"),
            lifetime.repeats,
            lifetime.recency_weeks,
            lifetime.age_weeks,
            lifetime.mean_value_minor,
            lifetime.probability_alive,
            lifetime.expected_purchases,
            lifetime.value_minor,
        )
        .join(Customer, Customer.id == lifetime.customer_id)
        .outerjoin(User, User.id == Customer.owner_id)
        .where(*of_filter(access=access, where=where))
        .order_by(*in_order(column, lifetime.customer_id, is_descending=is_descending))
    )
