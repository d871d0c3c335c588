"""Rows that make a number wrong, late or missing: the statements that checks are made of."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, null, or_, select
from sqlalchemy.orm import aliased

from server.customers.models import Customer
from server.deals.models import Deal
from server.identity.models import User
from server.metrics.models import Target
from server.platform.access import Access
from server.products.models import Product
from server.teams.models import Team, TeamMembership
from server.visits.models import Visit
from shared.time import Period
from shared.vocabulary import Role

Rows = Select[*tuple[Any, ...]]
"""`id`, `label`, `detail`, `day`, `rep_name`: what a person needs to find and mend the row."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose rows, over which days, seen on which day."""

    access: Access
    period: Period
    today: dt.date


@dataclass(frozen=True, kw_only=True)
class Check:
    """A kind of mistake: what it is, what it does to the numbers, how to mend it."""

    key: str
    kind: str
    """What a row is: `deal`, `cost`, `expense`, `visit`, `customer`, `product`, `user`, `team`,
    `target`."""
    name: str
    effect: str
    rows: Callable[[Scope], Rows]


_CODE = func.coalesce(Deal.code, Deal.title)


def deals(*which: ColumnElement[bool], day: Any, detail: Any = _CODE) -> Callable[[Scope], Rows]:
    """Select the deals of the period, by one of their days, that fulfil this."""

    def rows(scope: Scope) -> Rows:
        rep, access = func.coalesce(Deal.closed_rep_id, Deal.owner_id), scope.access
        # Said of each rep by itself, too: of one or the other no index knows.
        either = [access.rows(each, Deal.team_id) for each in (Deal.closed_rep_id, Deal.owner_id)]
        return (
            select(
                Deal.id,
                func.coalesce(Customer.name, func.nullif(Deal.title, ""), Deal.code, "").label(
                    "label"
                ),
                detail.label("detail"),
                day.label("day"),
                User.name.label("rep_name"),
            )
            .select_from(Deal)
            .outerjoin(Customer, Customer.id == Deal.customer_id)
            .join(User, User.id == rep)
            .where(
                Deal.voided_at.is_(None),
                Deal.deleted_at.is_(None),
                day >= scope.period.start,
                day < scope.period.end,
                access.rows(rep, Deal.team_id),
                or_(*either),
                *which,
            )
            .order_by(day.desc(), Deal.id)
        )

    return rows


def visits(*conditions: ColumnElement[bool], before_today: bool) -> Callable[[Scope], Rows]:
    """Select the visits of the period that fulfil this."""

    def rows(scope: Scope) -> Rows:
        last = scope.today if before_today else scope.period.end
        return (
            select(
                Visit.id,
                Customer.name.label("label"),
                Customer.code.label("detail"),
                Visit.day,
                User.name.label("rep_name"),
            )
            .join(Customer, Customer.id == Visit.customer_id)
            .join(User, User.id == Visit.rep_id)
            .where(
                Visit.deleted_at.is_(None),
                Visit.day >= scope.period.start,
                Visit.day < min(scope.period.end, last),
                scope.access.rows(Visit.rep_id, Visit.team_id),
                *conditions,
            )
            .order_by(Visit.day.desc(), Visit.id)
        )

    return rows


def customers(*conditions: ColumnElement[bool]) -> Callable[[Scope], Rows]:
    """Select the customers that fulfil this, as they are now."""

    def rows(scope: Scope) -> Rows:
        return (
            select(
                Customer.id,
                Customer.name.label("label"),
                Customer.code.label("detail"),
                null().label("day"),
                User.name.label("rep_name"),
            )
            .outerjoin(User, User.id == Customer.owner_id)
            .where(
                Customer.deleted_at.is_(None),
                Customer.closed_on.is_(None),
                scope.access.rows(Customer.owner_id, Customer.team_id),
                *conditions,
            )
            .order_by(Customer.name, Customer.id)
        )

    return rows


def products(*conditions: ColumnElement[bool]) -> Rows:
    """Select the products in use that fulfil this."""
    # A product belongs to nobody: its name and code are no secret to a rep.
    return (
        select(
            Product.id,
            Product.name.label("label"),
            Product.sku.label("detail"),
            null().label("day"),
            null().label("rep_name"),
        )
        .where(Product.deleted_at.is_(None), Product.active, *conditions)
        .order_by(Product.name, Product.id)
    )


def spent_without_rate(
    model: Any, *names: Any, seen: Callable[[Access], Any]
) -> Callable[[Scope], Rows]:
    """Select what was spent in the period and waits for an exchange rate."""

    def rows(scope: Scope) -> Rows:
        return (
            select(
                model.id,
                func.coalesce(func.nullif(model.note, ""), *names).label("label"),
                model.currency.label("detail"),
                model.day,
                User.name.label("rep_name"),
            )
            .outerjoin(User, User.id == model.rep_id)
            .where(
                model.waits_for_rate,
                model.deleted_at.is_(None),
                model.day >= scope.period.start,
                model.day < scope.period.end,
                seen(scope.access),
            )
            .order_by(model.day.desc(), model.id)
        )

    return rows


def reps_without_a_team(scope: Scope) -> Rows:
    """Select the reps who are in no team today."""
    is_member = exists().where(TeamMembership.covers(User.id, literal(scope.today)))
    return (
        select(
            User.id,
            User.name.label("label"),
            User.code.label("detail"),
            null().label("day"),
            User.name.label("rep_name"),
        )
        .where(
            User.role == Role.REP,
            User.active,
            ~is_member,
            scope.access.rows(User.id, null()),
        )
        .order_by(User.name, User.id)
    )


def teams_without_reps(scope: Scope) -> Rows:
    """Select the teams in use that have neither reps nor teams below them."""
    below = aliased(Team)
    is_region = exists().where(below.parent_id == Team.id, below.archived_at.is_(None))
    has_reps = exists().where(
        TeamMembership.team_id == Team.id,
        TeamMembership.start_on <= scope.today,
        or_(TeamMembership.end_on.is_(None), TeamMembership.end_on > scope.today),
    )
    return (
        select(
            Team.id,
            Team.name.label("label"),
            Team.code.label("detail"),
            null().label("day"),
            null().label("rep_name"),
        )
        .where(Team.archived_at.is_(None), ~is_region, ~has_reps, scope.access.teams(Team.id))
        .order_by(Team.name, Team.id)
    )


def contradicting_targets(scope: Scope) -> Rows:
    """Select the targets of teams as a whole that are not the sum of their reps' targets."""
    of_rep = aliased(Target)
    of_reps = (
        select(func.sum(of_rep.amount))
        .where(
            of_rep.metric_key == Target.metric_key,
            of_rep.month == Target.month,
            of_rep.team_id == Target.team_id,
            of_rep.rep_id.is_not(None),
        )
        .scalar_subquery()
    )
    return (
        select(
            Target.id,
            Team.name.label("label"),
            Target.metric_key.label("detail"),
            Target.month.label("day"),
            null().label("rep_name"),
        )
        .join(Team, Team.id == Target.team_id)
        .where(
            Target.rep_id.is_(None),
            Target.month >= scope.period.start.replace(day=1),
            Target.month < scope.period.end,
            Target.amount != of_reps,
            scope.access.rows(null(), Target.team_id),
        )
        .order_by(Target.month.desc(), Team.name, Target.id)
    )
