"""How closed deals are counted: first one fact row for each, then the totals of those."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, case, func, literal, null, select, true

from server.deals.models import Deal, DealLine
from server.metrics.models import DealFact
from server.metrics.rollups.counting import (
    Amounts,
    one_if,
    valid_deal,
    value_if,
    with_class,
)
from server.metrics.rollups.scope import Counted, Scope
from server.platform.sql import converted, days_between
from server.products.models import Product
from server.teams.models import TeamMembership
from shared.vocabulary import StageKind

_COLUMNS = (
    *("id", "version", "customer_id", "source", "kind", "base_amount_minor", "type_by_hand"),
    *("lead_day", "opportunity_day", "closed_day", "closed_rep_id"),
    *("waits_for_rate", "minor_rate"),
)


def deal_facts(scope: Scope) -> Counted:
    """Return the rows of `DealFact` for the deals that closed on these rep-days."""
    purchase = _numbered(scope)
    closed = (
        select(purchase).where(scope.holds(purchase.c.closed_rep_id, purchase.c.closed_day)).cte()
    )
    joined, customer_class = with_class(closed, closed.c.customer_id, closed.c.closed_day)
    new_category = _deals_with_a_new_category(purchase)
    margin = _margins(closed)
    cycle_days = days_between(closed.c.opportunity_day, closed.c.closed_day)
    lead_cycle_days = days_between(closed.c.lead_day, closed.c.closed_day)
    won = closed.c.kind == StageKind.WON
    purchase_type = case(
        (~won, null()),
        (closed.c.type_by_hand.is_not(None), closed.c.type_by_hand),
        (closed.c.number.is_(None), null()),
        (closed.c.number == 1, "new"),
        (new_category.c.deal_id.is_not(None), "cross_sell"),
        (closed.c.base_amount_minor > closed.c.value_before_minor, "upsell"),
        else_="repeat",
    )
    return (
        select(
            closed.c.id.label("deal_id"),
            closed.c.version.label("deal_version"),
            closed.c.closed_rep_id.label("rep_id"),
            closed.c.closed_day.label("day"),
            TeamMembership.team_id,
            closed.c.customer_id,
            customer_class.label("customer_class"),
            closed.c.source,
            case((won, 1), else_=0).label("won"),
            closed.c.base_amount_minor.label("value_minor"),
            one_if(closed.c.waits_for_rate).label("without_rate"),
            case((cycle_days >= 0, cycle_days)).label("cycle_days"),
            case((lead_cycle_days >= 0, lead_cycle_days)).label("lead_cycle_days"),
            case((closed.c.opportunity_day.is_not(None), 1), else_=0).label("was_opportunity"),
            case((cycle_days < 0, 1), else_=0).label("impossible_days"),
            closed.c.number.label("purchase_number"),
            purchase_type.label("purchase_type"),
            func.coalesce(margin.c.margin_minor, 0).label("margin_minor"),
            func.coalesce(margin.c.costed_minor, 0).label("costed_minor"),
        )
        .select_from(joined)
        .outerjoin(
            TeamMembership, TeamMembership.covers(closed.c.closed_rep_id, closed.c.closed_day)
        )
        .outerjoin(new_category, new_category.c.deal_id == closed.c.id)
        .outerjoin(margin, margin.c.deal_id == closed.c.id)
        # SQLite takes the ON of a conflict for that of a join, where no WHERE stands between.
        .where(true())
    )


def _numbered(scope: Scope) -> CTE:
    """Return the closed deals concerned and the others of their customers, purchases numbered.

    Number and value before stand in the row itself: SQLite would look for them in a second list
    from end to end, once for each deal.
    """
    in_order: Any = {
        "partition_by": (Deal.customer_id, Deal.kind),
        "order_by": (Deal.closed_day, Deal.closed_at, Deal.id),
    }
    is_purchase = and_(Deal.kind == StageKind.WON, Deal.customer_id.is_not(None))
    columns = [getattr(Deal, name) for name in _COLUMNS]
    # Of a deal that waits for its exchange rate nobody can say whether the next is worth more.
    value = case((~Deal.waits_for_rate, Deal.base_amount_minor))
    numbered = select(
        *columns,
        case((is_purchase, func.row_number().over(**in_order))).label("number"),
        case((is_purchase, func.lag(value).over(**in_order))).label("value_before_minor"),
    ).where(_is_closed())
    if scope.is_everything:
        return numbered.cte()
    here = and_(_is_closed(), scope.holds(Deal.closed_rep_id, Deal.closed_day))
    nobodys = select(*columns, null(), null()).where(Deal.customer_id.is_(None), here)
    customers = select(Deal.customer_id).where(Deal.customer_id.is_not(None), here)
    return numbered.where(Deal.customer_id.in_(customers)).union_all(nobodys).cte()


def _is_closed() -> ColumnElement[bool]:
    return and_(
        Deal.kind.in_((StageKind.WON, StageKind.LOST)),
        Deal.closed_day.is_not(None),
        *valid_deal(),
    )


def _deals_with_a_new_category(purchase: CTE) -> CTE:
    """Return the deals that hold a category their customer had never bought before."""
    line = (
        select(
            purchase.c.id.label("deal_id"),
            func.row_number()
            .over(
                partition_by=(purchase.c.customer_id, Product.category),
                order_by=purchase.c.number,
            )
            .label("time"),
        )
        .join(DealLine, DealLine.deal_id == purchase.c.id)
        .join(Product, Product.id == DealLine.product_id)
        .where(purchase.c.number.is_not(None), Product.category != "")
        .subquery()
    )
    return select(line.c.deal_id).where(line.c.time == 1).distinct().cte()


def _margins(closed: CTE) -> CTE:
    """Return margin and revenue of the lines of won deals whose product has a known cost."""
    amount_minor = case(
        (closed.c.minor_rate.is_(None), DealLine.amount_minor),
        else_=converted(DealLine.amount_minor, closed.c.minor_rate),
    )
    return (
        select(
            DealLine.deal_id,
            func.sum(amount_minor - DealLine.quantity * Product.cost_minor).label("margin_minor"),
            func.sum(amount_minor).label("costed_minor"),
        )
        .join(closed, and_(closed.c.id == DealLine.deal_id, closed.c.kind == StageKind.WON))
        .join(Product, Product.id == DealLine.product_id)
        .where(Product.cost_minor.is_not(None), ~closed.c.waits_for_rate)
        .group_by(DealLine.deal_id)
        .cte()
    )


def closed_amounts() -> Amounts:
    """Return what each closed deal adds to each measure."""
    won, lost = DealFact.won == 1, DealFact.won == 0
    from_pipeline = DealFact.was_opportunity == 1
    again = and_(won, DealFact.purchase_number > 1)
    value = DealFact.value_minor
    return {
        "won_deals": one_if(won),
        "won_without_rate": one_if(and_(won, DealFact.without_rate == 1)),
        "lost_without_rate": one_if(and_(lost, from_pipeline, DealFact.without_rate == 1)),
        "won_opportunities": one_if(and_(won, from_pipeline)),
        "won_opportunities_value_minor": value_if(and_(won, from_pipeline), value),
        "lost_opportunities": one_if(and_(lost, from_pipeline)),
        "lost_opportunities_value_minor": value_if(and_(lost, from_pipeline), value),
        "revenue_minor": value_if(won, value),
        "valued_won_deals": one_if(and_(won, value > 0)),
        "cycle_days": value_if(won, func.coalesce(DealFact.cycle_days, 0)),
        "cycle_deals": one_if(and_(won, DealFact.cycle_days.is_not(None))),
        "lead_cycle_days": value_if(won, func.coalesce(DealFact.lead_cycle_days, 0)),
        "lead_cycle_deals": one_if(and_(won, DealFact.lead_cycle_days.is_not(None))),
        "closed_cycle_days": func.coalesce(DealFact.cycle_days, 0),
        "closed_cycle_deals": one_if(DealFact.cycle_days.is_not(None)),
        "cycle_errors": one_if(DealFact.impossible_days == 1),
        "existing_customer_deals": one_if(again),
        "upsell_deals": one_if(and_(again, DealFact.purchase_type == "upsell")),
        "cross_sell_deals": one_if(and_(again, DealFact.purchase_type == "cross_sell")),
        "upsell_revenue_minor": value_if(and_(again, DealFact.purchase_type == "upsell"), value),
        "cross_sell_revenue_minor": value_if(
            and_(again, DealFact.purchase_type == "cross_sell"), value
        ),
        "margin_minor": func.coalesce(DealFact.margin_minor, 0),
        "costed_revenue_minor": func.coalesce(DealFact.costed_minor, 0),
    }


def closed_contribution(scope: Scope) -> Counted:
    """Return the totals of the deals that closed on each rep-day, from their fact rows."""
    return (
        select(
            DealFact.rep_id,
            DealFact.day,
            *(func.sum(amount).label(name) for name, amount in closed_amounts().items()),
            literal(1).label("active"),
        )
        .where(scope.holds(DealFact.rep_id, DealFact.day))
        .group_by(DealFact.rep_id, DealFact.day)
    )
