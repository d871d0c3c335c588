"""What is there already: the codes a file may refer to, and the rows an import may change."""

import datetime as dt
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, func, select, tuple_

from server.calendar.models import Holiday, WorkedHoliday
from server.customers.models import Customer, CustomerAssignment
from server.deals.models import DealLine, Stage, StageChange
from server.identity.models import User
from server.metrics.models import RampStep, Target, WorkingTime
from server.metrics.sql.targets import Holder
from server.planning.models import JourneyStop
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ForbiddenError
from server.products.models import Product
from server.teams.models import Team, TeamMembership
from shared.vocabulary import Role, StageKind


@dataclass(frozen=True)
class ProductPrice:
    """A product with its list prices, minor units."""

    id: str
    price_minor: int
    """In the reporting currency."""
    prices: Mapping[str, int]
    """In other currencies."""

    def price_in(self, currency: str, *, reporting_currency: str) -> int | None:
        """Return the price in a currency; None: it has none there."""
        if currency == reporting_currency:
            return self.price_minor
        return self.prices.get(currency)


@dataclass(frozen=True)
class Membership:
    """A rep's time in a team, `[start_on, end_on)`."""

    start_on: dt.date
    end_on: dt.date | None
    team_id: str


@dataclass
class References:
    """Codes to ids. An import adds what it makes, so that later files may refer to it."""

    users: dict[str, str] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    customers: dict[str, str] = field(default_factory=dict)
    products: dict[str, ProductPrice] = field(default_factory=dict)
    stages: dict[str, StageKind] = field(default_factory=dict)
    """In the order of the pipeline."""
    memberships: dict[str, list[Membership]] = field(default_factory=dict)

    def team_on(self, user_id: str, day: dt.date) -> str | None:
        """Return the team a rep belonged to on that day."""
        for membership in self.memberships.get(user_id, ()):
            has_ended = membership.end_on is not None and membership.end_on <= day
            if membership.start_on <= day and not has_ended:
                return membership.team_id
        return None

    def first_stage(self, kind: StageKind) -> str | None:
        """Return the first stage of this kind."""
        return next((key for key, its_kind in self.stages.items() if its_kind is kind), None)


def load_references(*, access: Access) -> References:
    """Return all codes.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    found = References(
        users=_pairs(User.code, User.id),
        teams=_pairs(Team.code, Team.id),
        customers=_pairs(Customer.code, func.coalesce(Customer.merged_into_id, Customer.id)),
    )
    products = db.session.execute(
        select(Product.sku, Product.id, Product.price_minor, Product.prices)
    )
    for sku, product_id, price_minor, prices in products:
        found.products[sku] = ProductPrice(product_id, price_minor, prices)
    for stage in db.session.scalars(select(Stage).order_by(Stage.position)):
        found.stages[stage.key] = StageKind(stage.kind)
    memberships = select(TeamMembership).order_by(TeamMembership.start_on)
    for item in db.session.scalars(memberships):
        found.memberships.setdefault(item.user_id, []).append(
            Membership(item.start_on, item.end_on, item.team_id)
        )
    return found


def rows_by_key(
    column: Column[str], keys: Collection[str], *, access: Access
) -> dict[str, dict[str, Any]]:
    """Return whole rows of the column's table by this column.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    rows = db.session.execute(select(column.table).where(column.in_(keys))).mappings()
    return {row[column.name]: dict(row) for row in rows}


def assignments_by_customer(
    customer_ids: Collection[str], *, access: Access
) -> dict[str, list[tuple[dt.date, dt.date | None, str]]]:
    """Return start, end and rep of each customer's assignments, by start.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    rows = db.session.execute(
        select(CustomerAssignment)
        .where(CustomerAssignment.customer_id.in_(customer_ids))
        .order_by(CustomerAssignment.start_on)
    ).scalars()
    found: dict[str, list[tuple[dt.date, dt.date | None, str]]] = {}
    for row in rows:
        found.setdefault(row.customer_id, []).append((row.start_on, row.end_on, row.rep_id))
    return found


def lines_by_deal(deal_ids: Collection[str], *, access: Access) -> dict[str, list[dict[str, Any]]]:
    """Return the lines of deals, in order.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    return _of_deals(DealLine, DealLine.position, deal_ids)


def moves_by_deal(deal_ids: Collection[str], *, access: Access) -> dict[str, list[dict[str, Any]]]:
    """Return the moves of deals through the stages, in order.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    return _of_deals(StageChange, StageChange.at, deal_ids)


def _of_deals(model: Any, order: Any, deal_ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    table = model.__table__
    found: dict[str, list[dict[str, Any]]] = {}
    query = select(table).where(table.c.deal_id.in_(deal_ids)).order_by(order, *table.primary_key)
    for row in db.session.execute(query).mappings():
        found.setdefault(row["deal_id"], []).append(dict(row))
    return found


def stops_by_place(
    rep_days: Collection[tuple[str, dt.date]], *, access: Access
) -> dict[tuple[str, str, dt.date], dict[str, Any]]:
    """Return the stops of these reps' days by rep, customer and day.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    table = JourneyStop.__table__
    query = select(table).where(tuple_(table.c.rep_id, table.c.day).in_(rep_days))
    rows = db.session.execute(query).mappings()
    return {(row["rep_id"], row["customer_id"], row["day"]): dict(row) for row in rows}


def targets_of_months(
    months: Collection[dt.date], *, access: Access
) -> dict[tuple[str, dt.date, Holder], dict[str, Any]]:
    """Return the targets of these months by metric, month and holder.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    table = Target.__table__
    rows = db.session.execute(select(table).where(table.c.month.in_(months))).mappings()
    return {
        (
            row["metric_key"],
            row["month"],
            Holder.of(rep_id=row["rep_id"], team_id=row["team_id"]),
        ): dict(row)
        for row in rows
    }


def working_times_of(rep_ids: Collection[str], *, access: Access) -> dict[Hashable, dict[str, Any]]:
    """Return what is said of these people's working time, by person and day.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    table = WorkingTime.__table__
    rows = db.session.execute(select(table).where(table.c.rep_id.in_(rep_ids))).mappings()
    return {(row["rep_id"], row["start_on"]): dict(row) for row in rows}


def ramp_steps(start_days: Collection[dt.date], *, access: Access) -> dict[Any, dict[str, Any]]:
    """Return the steps of the ramps from these days on, by day and month.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    table = RampStep.__table__
    rows = db.session.execute(select(table).where(table.c.start_on.in_(start_days))).mappings()
    return {(row["start_on"], row["month_number"]): dict(row) for row in rows}


def days_of_calendar(
    days: Collection[dt.date], *, access: Access
) -> dict[Hashable, dict[str, Any]]:
    """Return the holidays among these days, and those on which the company works.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    found: dict[Hashable, dict[str, Any]] = {}
    for model, worked in ((WorkedHoliday, True), (Holiday, False)):
        rows = db.session.execute(select(model.day, model.name).where(model.day.in_(days)))
        found |= {(row.day,): {"day": row.day, "name": row.name, "worked": worked} for row in rows}
    return found


def _pairs(code: Any, record_id: Any) -> dict[str, str]:
    return {row[0]: row[1] for row in db.session.execute(select(code, record_id))}


def require_administrator(*, access: Access) -> None:
    """
    Let nobody else look.

    :raises ForbiddenError: unless an administrator asks
    """
    if access.role is not Role.ADMIN:
        raise ForbiddenError
