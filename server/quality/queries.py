"""Rows that make a number wrong, late or missing: one check for each kind of mistake.

A check is one statement. Deals and visits are looked at in a period; customers, products and people
are as they are now.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, literal, null, or_, select, true

from server.costs.models import Cost
from server.customers.models import Customer
from server.customers.queries import order_currencies
from server.deals.models import Deal, closed_too_early
from server.expenses.models import Expense
from server.expenses.queries import visible as visible_expenses
from server.identity.models import User
from server.metrics.sql.unexplained import may_lack_reasons
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.platform.paging import Page, fetch_page, read_in_pieces
from server.products.models import Product
from server.products.queries import lacks_price
from server.teams.models import TeamMembership
from server.visits.models import Visit
from shared.i18n import N_
from shared.time import Period
from shared.vocabulary import Role, StageKind, VisitState

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
    """What a row is: `deal`, `cost`, `expense`, `visit`, `customer`, `product` or `user`."""
    name: str
    effect: str
    rows: Callable[[Scope], Rows]


_CODE = func.coalesce(Deal.code, Deal.title)


def _deals(*which: ColumnElement[bool], day: Any, detail: Any = _CODE) -> Callable[[Scope], Rows]:
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


def _visits(*conditions: ColumnElement[bool], before_today: bool) -> Callable[[Scope], Rows]:
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


def _customers(*conditions: ColumnElement[bool]) -> Callable[[Scope], Rows]:
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
                scope.access.rows(Customer.owner_id, Customer.team_id),
                *conditions,
            )
            .order_by(Customer.name, Customer.id)
        )

    return rows


def _products(*conditions: ColumnElement[bool]) -> Rows:
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


def _spent_without_rate(
    model: Any, *names: Any, seen: Callable[[Access], Any]
) -> Callable[[Scope], Rows]:
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


def _reps_without_a_team(scope: Scope) -> Rows:
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


_SOLD_IN = exists().where(
    Deal.visit_id == Visit.id,
    Deal.kind == StageKind.WON,
    Deal.voided_at.is_(None),
    Deal.deleted_at.is_(None),
)

CHECKS: Mapping[str, Check] = {
    check.key: check
    for check in (
        Check(
            key="closed_before_opportunity",
            kind="deal",
            name=N_("Deals closed before they began"),
            effect=N_("They are left out of the sales cycle. Correct the days of the deal."),
            rows=_deals(closed_too_early(), day=Deal.closed_day),
        ),
        Check(
            key="won_without_value",
            kind="deal",
            name=N_("Won deals without a value"),
            effect=N_("They count as won, but not in the average purchase. Enter what was sold."),
            rows=_deals(
                Deal.kind == StageKind.WON,
                Deal.base_amount_minor == 0,
                ~Deal.waits_for_rate,
                day=Deal.closed_day,
            ),
        ),
        Check(
            key="deals_without_rate",
            kind="deal",
            name=N_("Deals that wait for an exchange rate"),
            effect=N_("Sums of money they belong to have no value. Enter the rate of their day."),
            rows=_deals(Deal.waits_for_rate == true(), day=Deal.event_day, detail=Deal.currency),
        ),
        Check(
            key="costs_without_rate",
            kind="cost",
            name=N_("Costs that wait for an exchange rate"),
            effect=N_("Sums of costs they belong to have no value. Enter the rate of their day."),
            rows=_spent_without_rate(
                *(Cost, Cost.code, Cost.category),
                seen=lambda access: access.rows(Cost.rep_id, Cost.team_id),
            ),
        ),
        Check(
            key="expenses_without_rate",
            kind="expense",
            name=N_("Expenses that wait for an exchange rate"),
            effect=N_("What a visit cost has no value. Enter the rate of their day."),
            rows=_spent_without_rate(
                Expense, Expense.kind, seen=lambda access: visible_expenses(access=access)
            ),
        ),
        Check(
            key="won_without_customer",
            kind="deal",
            name=N_("Won deals without a customer"),
            effect=N_("They make no customer new or active. Say who bought."),
            rows=_deals(
                Deal.kind == StageKind.WON, Deal.customer_id.is_(None), day=Deal.closed_day
            ),
        ),
        Check(
            key="expected_close_passed",
            kind="deal",
            name=N_("Open deals whose expected close has passed"),
            effect=N_("They swell the forecast. Move the day, win the deal or lose it."),
            rows=lambda scope: _deals(
                Deal.kind.in_((StageKind.LEAD, StageKind.OPEN)),
                Deal.expected_close_on < scope.today,
                day=Deal.expected_close_on,
            )(scope),
        ),
        Check(
            key="visits_left_open",
            kind="visit",
            name=N_("Visits without a check-out"),
            effect=N_("They have no time in store and are not completed. Ask the rep to sync."),
            rows=_visits(Visit.is_left_open(), before_today=True),
        ),
        Check(
            key="visits_without_outcome",
            kind="visit",
            name=N_("Visits with neither an order nor a reason"),
            effect=N_("They are missing in the no-sale reasons."),
            rows=lambda scope: _visits(
                Visit.state == VisitState.COMPLETED,
                Visit.no_sale_reason.is_(None),
                ~_SOLD_IN,
                may_lack_reasons(Visit.rep_id, Visit.day, scope.period),
                before_today=False,
            )(scope),
        ),
        Check(
            key="visits_of_unsure_time",
            kind="visit",
            name=N_("Visits whose time could not be verified"),
            effect=N_("Their day and hour may be wrong. Look at the clocks of the visit."),
            rows=_visits(Visit.is_of_unsure_time(), before_today=False),
        ),
        Check(
            key="customers_without_point",
            kind="customer",
            name=N_("Customers without a location"),
            effect=N_("Check-ins there stay undecided. Approve a proposal or set the point."),
            rows=_customers(Customer.latitude.is_(None)),
        ),
        Check(
            key="customers_without_rep",
            kind="customer",
            name=N_("Customers without a rep"),
            effect=N_("They are in nobody's coverage. Assign them."),
            rows=_customers(Customer.owner_id.is_(None)),
        ),
        Check(
            key="products_without_cost",
            kind="product",
            name=N_("Products without a cost"),
            effect=N_("Margin and lifetime value leave them out. Import their cost."),
            rows=lambda _: _products(Product.cost_minor.is_(None)),
        ),
        Check(
            key="products_without_price",
            kind="product",
            name=N_("Products without a price in a customer's currency"),
            effect=N_("Customers whose orders are in it cannot order them. Enter the price."),
            rows=lambda _: _products(lacks_price(order_currencies())),
        ),
        Check(
            key="reps_without_team",
            kind="user",
            name=N_("Reps without a team"),
            effect=N_("Their work counts for no team, and no manager sees it."),
            rows=_reps_without_a_team,
        ),
    )
}
"""Every check by key, in the order in which they are shown."""


@dataclass(frozen=True)
class Finding:
    """How many rows a check has found."""

    check: Check
    rows: int


def list_findings(*, access: Access, period: Period, today: dt.date) -> list[Finding]:
    """Return every check with the number of its rows that the caller may see; one statement."""
    scope = Scope(access=access, period=period, today=today)
    counts = db.session.execute(
        select(
            *(
                select(func.count())
                .select_from(check.rows(scope).order_by(None).subquery())
                .scalar_subquery()
                .label(check.key)
                for check in CHECKS.values()
            )
        )
    ).one()
    return [Finding(check, getattr(counts, check.key)) for check in CHECKS.values()]


def list_rows(
    *, access: Access, key: str, period: Period, today: dt.date, page: int, size: int
) -> Page[Any]:
    """
    Return a page of the rows that a check has found.

    :raises NotFoundError: if there is no such check
    """
    return fetch_page(
        _statement(Scope(access=access, period=period, today=today), key), number=page, size=size
    )


def each_row(*, access: Access, key: str, period: Period, today: dt.date) -> Iterable[Row[Any]]:
    """
    Return every row that a check has found, one after the other.

    :raises NotFoundError: if there is no such check
    """
    scope = Scope(access=access, period=period, today=today)
    return read_in_pieces(_statement(scope, key))


def _statement(scope: Scope, key: str) -> Rows:
    if key not in CHECKS:
        raise NotFoundError
    return CHECKS[key].rows(scope)
