"""What customers were worth and when they were visited, from rollups; and the map of coverage."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, case, cast, func, literal, select

from server.customers.models import Customer
from server.customers.queries.customers import CustomerFilter, of_filter
from server.metrics.models import CustomerDayRollup, DealFact
from server.platform.access import Access
from server.platform.database import db
from server.platform.sql import cell_number
from shared.time import Period, add_months

DEEPEST_ZOOM = 18
MOST_POINTS = 2000
_PIXELS_PER_CELL = 64
_PIXELS_OF_THE_WORLD = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a customer has brought since the first deal; money in minor units."""

    deals: int
    won_minor: int
    waiting: int
    """Deals that wait for an exchange rate: they are in no sum."""
    margin_minor: int
    costed_minor: int
    """Part of the value whose products have a known cost."""
    first_on: dt.date | None
    last_on: dt.date | None
    won_year_minor: int
    """In the last twelve months."""
    calls_year: int
    last_visit_on: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Customers that lie close together at a zoom, drawn as one point."""

    latitude: float
    longitude: float
    customers: int
    visited: int
    """Those among them that were visited in the period."""
    customer_id: str
    """One of them; the only one where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A part of the map, in degrees."""

    south: float
    west: float
    north: float
    east: float


def figures_of_customers(
    *, access: Access, customer_ids: Sequence[str], today: dt.date
) -> dict[str, tuple[dt.date | None, int]]:
    """Return the last visit and what was won in twelve months, for each customer with either."""
    if not customer_ids:
        return {}
    columns = figures_beside(access=access, today=today)
    found = db.session.execute(
        select(Customer.id, columns["last_visit"], columns["won"]).where(
            Customer.id.in_(customer_ids)
        )
    )
    return {
        customer_id: (last_visit, int(won or 0))
        for customer_id, last_visit, won in found
        if last_visit is not None or won is not None
    }


def figures_beside(*, access: Access, today: dt.date) -> dict[str, ColumnElement[Any]]:
    """Return the same two figures as columns beside a row of `Customer`: to sort by, to export."""
    deal = DealFact
    won = select(func.sum(deal.value_minor)).where(
        deal.customer_id == Customer.id,
        deal.won == 1,
        deal.day > add_months(today, -12),
        access.rows(deal.rep_id, deal.team_id),
    )
    latest = _visits(access).order_by(CustomerDayRollup.day.desc()).limit(1)
    return {
        "last_visit": latest.scalar_subquery(),
        "won": won.correlate(Customer).scalar_subquery(),
    }


def is_visited(*, access: Access, since: dt.date | None = None) -> ColumnElement[bool]:
    """Return the condition that a row of `Customer` was visited, as far as the caller sees it.

    :param since: on this day or later; None: ever
    """
    calls = _visits(access)
    return (calls if since is None else calls.where(CustomerDayRollup.day >= since)).exists()


def _visits(access: Access) -> Select[dt.date]:
    """Select the days on which a row of `Customer` beside it was visited."""
    visit = CustomerDayRollup
    return (
        select(visit.day)
        .where(
            visit.customer_id == Customer.id,
            visit.calls > 0,
            access.rows(visit.rep_id, visit.team_id),
        )
        .correlate(Customer)
    )


def worth_of_customer(*, access: Access, customer_id: str, today: dt.date) -> Worth:
    """Return what a customer has brought, as far as the caller sees its deals and visits."""
    deal, visit = DealFact, CustomerDayRollup
    year_ago = add_months(today, -12)
    won = db.session.execute(
        select(
            func.count().label("deals"),
            func.coalesce(func.sum(deal.value_minor), 0).label("won"),
            func.coalesce(func.sum(deal.without_rate), 0).label("waiting"),
            func.coalesce(func.sum(deal.margin_minor), 0).label("margin"),
            func.coalesce(func.sum(deal.costed_minor), 0).label("costed"),
            func.min(deal.day).label("first"),
            func.max(deal.day).label("last"),
            func.coalesce(
                func.sum(case((deal.day > year_ago, deal.value_minor), else_=0)), 0
            ).label("year"),
        ).where(
            deal.customer_id == customer_id,
            deal.won == 1,
            access.rows(deal.rep_id, deal.team_id),
        )
    ).one()
    calls = db.session.execute(
        select(
            func.coalesce(func.sum(case((visit.day > year_ago, visit.calls), else_=0)), 0),
            func.max(case((visit.calls > 0, visit.day))),
        ).where(visit.customer_id == customer_id, access.rows(visit.rep_id, visit.team_id))
    ).one()
    return Worth(
        deals=won.deals,
        won_minor=int(won.won),
        waiting=int(won.waiting),
        margin_minor=int(won.margin),
        costed_minor=int(won.costed),
        first_on=won.first,
        last_on=won.last,
        won_year_minor=int(won.year),
        calls_year=int(calls[0]),
        last_visit_on=calls[1],
    )


def clusters(
    *, access: Access, where: CustomerFilter, box: Box, zoom: int, visited: Period
) -> list[Cluster]:
    """Return the customers of a part of the map, those close together at this zoom as one."""
    size = 360 / 2 ** min(zoom, DEEPEST_ZOOM) * _PIXELS_PER_CELL / _PIXELS_OF_THE_WORLD
    seen = (
        select(CustomerDayRollup.customer_id)
        .where(
            CustomerDayRollup.calls > 0,
            CustomerDayRollup.day >= visited.start,
            CustomerDayRollup.day < visited.end,
            access.rows(CustomerDayRollup.rep_id, CustomerDayRollup.team_id),
        )
        .distinct()
        .subquery()
    )
    row = cell_number(Customer.latitude + 90, literal(size))
    column = cell_number(Customer.longitude + 180, literal(size))
    found = db.session.execute(
        select(
            func.avg(Customer.latitude).label("latitude"),
            func.avg(Customer.longitude).label("longitude"),
            func.count().label("customers"),
            func.count(seen.c.customer_id).label("visited"),
            func.min(cast(Customer.id, String)).label("customer_id"),
        )
        .outerjoin(seen, seen.c.customer_id == Customer.id)
        .where(
            *of_filter(access=access, where=where),
            Customer.latitude.between(box.south, box.north),
            Customer.longitude.between(box.west, box.east),
        )
        .group_by(row, column)
        .order_by(func.count().desc())
        .limit(MOST_POINTS)
    )
    return [
        Cluster(
            latitude=float(each.latitude),
            longitude=float(each.longitude),
            customers=each.customers,
            visited=each.visited,
            customer_id=str(UUID(each.customer_id)),
        )
        for each in found
    ]
