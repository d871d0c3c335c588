"""Rows that make a number wrong, late or missing: one check for each kind of mistake.

A check is one statement. Deals and visits are looked at in a period; customers, products and people
are as they are now.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, exists, func, select, true

from server.costs.models import Cost
from server.customers.models import Customer
from server.customers.queries.customers import order_currencies
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
from server.quality.queries.rows import (
    Check,
    Rows,
    Scope,
    contradicting_targets,
    customers,
    deals,
    products,
    reps_without_a_team,
    spent_without_rate,
    teams_without_reps,
    visits,
)
from server.visits.models import Visit
from shared.i18n import N_
from shared.time import Period
from shared.vocabulary import StageKind, VisitState

_SOLD_IN = exists().where(
    Deal.visit_id == Visit.id,
    Deal.kind == StageKind.WON,
    Deal.voided_at.is_(None),
    Deal.deleted_at.is_(None),
)


def _ahead(scope: Scope) -> Scope:
    """Return the days that have not come anywhere, whatever the period asked for."""
    # A rep farther east may be a day ahead of the organisation.
    return replace(scope, period=Period(scope.today + dt.timedelta(days=2), dt.date.max))


CHECKS: Mapping[str, Check] = {
    check.key: check
    for check in (
        Check(
            key="closed_before_opportunity",
            kind="deal",
            name=N_("Deals closed before they began"),
            effect=N_("They are left out of the sales cycle. Correct the days of the deal."),
            rows=deals(closed_too_early(), day=Deal.closed_day),
        ),
        Check(
            key="won_without_value",
            kind="deal",
            name=N_("Won deals without a value"),
            effect=N_("They count as won, but not in the average purchase. Enter what was sold."),
            rows=deals(
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
            rows=deals(Deal.waits_for_rate == true(), day=Deal.event_day, detail=Deal.currency),
        ),
        Check(
            key="costs_without_rate",
            kind="cost",
            name=N_("Costs that wait for an exchange rate"),
            effect=N_("Sums of costs they belong to have no value. Enter the rate of their day."),
            rows=spent_without_rate(
                *(Cost, Cost.code, Cost.category),
                seen=lambda access: access.rows(Cost.rep_id, Cost.team_id),
            ),
        ),
        Check(
            key="expenses_without_rate",
            kind="expense",
            name=N_("Expenses that wait for an exchange rate"),
            effect=N_("What a visit cost has no value. Enter the rate of their day."),
            rows=spent_without_rate(
                Expense, Expense.kind, seen=lambda access: visible_expenses(access=access)
            ),
        ),
        Check(
            key="won_without_customer",
            kind="deal",
            name=N_("Won deals without a customer"),
            effect=N_("They make no customer new or active. Say who bought."),
            rows=deals(Deal.kind == StageKind.WON, Deal.customer_id.is_(None), day=Deal.closed_day),
        ),
        Check(
            key="deals_in_future",
            kind="deal",
            name=N_("Deals closed on a day that has not come"),
            effect=N_("They are in no number before that day. Look at the clock of the phone."),
            rows=lambda scope: deals(
                # Of a rep's deals an index knows the days.
                Deal.closed_rep_id.in_(select(User.id)),
                day=Deal.closed_day,
            )(_ahead(scope)),
        ),
        Check(
            key="expected_close_passed",
            kind="deal",
            name=N_("Open deals whose expected close has passed"),
            effect=N_("They swell the forecast. Move the day, win the deal or lose it."),
            rows=lambda scope: deals(
                Deal.is_standing(),
                Deal.expected_close_on < scope.today,
                day=Deal.expected_close_on,
            )(scope),
        ),
        Check(
            key="visits_left_open",
            kind="visit",
            name=N_("Visits without a check-out"),
            effect=N_("They have no time in store and are not completed. Ask the rep to sync."),
            rows=visits(Visit.is_left_open(), before_today=True),
        ),
        Check(
            key="visits_without_outcome",
            kind="visit",
            name=N_("Visits with neither an order nor a reason"),
            effect=N_("They are missing in the no-sale reasons."),
            rows=lambda scope: visits(
                Visit.state == VisitState.COMPLETED,
                Visit.no_sale_reason.is_(None),
                ~_SOLD_IN,
                may_lack_reasons(Visit.rep_id, Visit.day, scope.period),
                before_today=False,
            )(scope),
        ),
        Check(
            key="visits_in_future",
            kind="visit",
            name=N_("Visits on a day that has not come"),
            effect=N_("They are in no number before that day. Look at the clock of the phone."),
            rows=lambda scope: visits(before_today=False)(_ahead(scope)),
        ),
        Check(
            key="visits_of_unsure_time",
            kind="visit",
            name=N_("Visits whose time could not be verified"),
            effect=N_("Their day and hour may be wrong. Look at the clocks of the visit."),
            rows=visits(Visit.is_of_unsure_time(), before_today=False),
        ),
        Check(
            key="customers_without_point",
            kind="customer",
            name=N_("Customers without a location"),
            effect=N_("Check-ins there stay undecided. Approve a proposal or set the point."),
            rows=customers(Customer.latitude.is_(None)),
        ),
        Check(
            key="customers_without_rep",
            kind="customer",
            name=N_("Customers without a rep"),
            effect=N_("They are in nobody's coverage. Assign them."),
            rows=customers(Customer.owner_id.is_(None)),
        ),
        Check(
            key="products_without_cost",
            kind="product",
            name=N_("Products without a cost"),
            effect=N_("Margin and lifetime value leave them out. Import their cost."),
            rows=lambda _: products(Product.cost_minor.is_(None)),
        ),
        Check(
            key="products_without_price",
            kind="product",
            name=N_("Products without a price in a customer's currency"),
            effect=N_("Customers whose orders are in it cannot order them. Enter the price."),
            rows=lambda _: products(lacks_price(order_currencies())),
        ),
        Check(
            key="reps_without_team",
            kind="user",
            name=N_("Reps without a team"),
            effect=N_("Their work counts for no team, and no manager sees it."),
            rows=reps_without_a_team,
        ),
        Check(
            key="teams_without_reps",
            kind="team",
            name=N_("Teams without a rep"),
            effect=N_("Their targets are reached by nobody. Move reps there, or archive them."),
            rows=teams_without_reps,
        ),
        Check(
            key="contradicting_targets",
            kind="target",
            name=N_("Targets of teams that are not the sum of their reps' targets"),
            effect=N_("The team is measured by its own, its reps by theirs. Set one of them anew."),
            rows=contradicting_targets,
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
