"""How closed deals are counted: first one fact row for each, then the totals of those."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, case, func, literal, null, select, true

from server.deals.models import Deal, DealLine, closed_too_early
from server.metrics.models import DealFact
from server.metrics.rollups.counting import (
    Amounts,
    one_if,
    valid_deal,
    value_if,
    with_class,
    with_each,
)
from server.metrics.rollups.scope import Counted, Scope
from server.platform.sql import converted, days_between
from server.products.models import PastProductCost, Product
from server.teams.models import TeamMembership
from shared.vocabulary import DealType, StageKind

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
    content = _contents(scope, purchase)
    cycle_days = days_between(closed.c.opportunity_day, closed.c.closed_day)
    lead_cycle_days = days_between(closed.c.lead_day, closed.c.closed_day)
    won = closed.c.kind == StageKind.WON
    purchase_type = case(
        (~won, null()),
        (closed.c.type_by_hand.is_not(None), closed.c.type_by_hand),
        (closed.c.number.is_(None), null()),
        (closed.c.number == 1, DealType.NEW),
        (content.c.is_new_category == 1, DealType.CROSS_SELL),
        (closed.c.base_amount_minor > closed.c.value_before_minor, DealType.UPSELL),
        else_=DealType.REPEAT,
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
            one_if(closed_too_early(closed.c)).label("impossible_days"),
            closed.c.number.label("purchase_number"),
            purchase_type.label("purchase_type"),
            func.coalesce(content.c.margin_minor, 0).label("margin_minor"),
            func.coalesce(content.c.costed_minor, 0).label("costed_minor"),
        )
        .select_from(joined)
        .outerjoin(
            TeamMembership, TeamMembership.covers(closed.c.closed_rep_id, closed.c.closed_day)
        )
        .outerjoin(content, content.c.deal_id == closed.c.id)
        # SQLite takes the ON of a conflict for that of a join, where no WHERE stands between.
        .where(true())
    )


def _numbered(scope: Scope) -> CTE:
    """Return the closed deals concerned and the others of their customers, purchases numbered.

    Number and value before stand in the row itself: SQLite would look for them in a second list
    from end to end, once for each deal.
    """
    if scope.is_everything:
        return select(*_numbers(Deal)).where(_is_closed(Deal)).cte()
    here = and_(_is_closed(Deal), scope.holds(Deal.closed_rep_id, Deal.closed_day))
    columns = [getattr(Deal, name) for name in _COLUMNS]
    nobodys = select(*columns, null(), null()).where(Deal.customer_id.is_(None), here)
    customer = select(Deal.customer_id).where(Deal.customer_id.is_not(None), here).distinct().cte()
    joined, deal = with_each(
        scope, customer, Deal, lambda deal: deal.customer_id == customer.c.customer_id
    )
    numbered = select(*_numbers(deal)).select_from(joined).where(_is_closed(deal))
    return numbered.union_all(nobodys).cte()


def _numbers(deal: Any) -> list[ColumnElement[Any]]:
    in_order: Any = {
        "partition_by": (deal.customer_id, deal.kind),
        "order_by": (deal.closed_day, deal.closed_at, deal.id),
    }
    is_purchase = and_(deal.kind == StageKind.WON, deal.customer_id.is_not(None))
    # Of a deal that waits for its exchange rate nobody can say whether the next is worth more.
    value = case((~deal.waits_for_rate, deal.base_amount_minor))
    return [
        *(getattr(deal, name) for name in _COLUMNS),
        case((is_purchase, func.row_number().over(**in_order))).label("number"),
        case((is_purchase, func.lag(value).over(**in_order))).label("value_before_minor"),
    ]


def _is_closed(deal: Any) -> ColumnElement[bool]:
    return and_(
        deal.kind.in_((StageKind.WON, StageKind.LOST)),
        deal.closed_day.is_not(None),
        *valid_deal(deal),
    )


def _contents(scope: Scope, purchase: CTE) -> CTE:
    """Return of won deals what their lines tell.

    Whether one is of a category that the customer had never bought before; margin and revenue of
    the lines whose product has a known cost.
    """
    joined, line = with_each(scope, purchase, DealLine, lambda line: line.deal_id == purchase.c.id)
    amount_minor = case(
        (purchase.c.minor_rate.is_(None), line.amount_minor),
        else_=converted(line.amount_minor, purchase.c.minor_rate),
    )
    # As it was on the day; only a product's category is taken as it is.
    cost_minor = func.coalesce(PastProductCost.cost_minor, Product.cost_minor)
    is_costed = and_(cost_minor.is_not(None), ~purchase.c.waits_for_rate)
    of_category = func.min(purchase.c.number).over(
        partition_by=(purchase.c.customer_id, Product.category)
    )
    each = (
        select(
            purchase.c.id.label("deal_id"),
            one_if(and_(Product.category != "", purchase.c.number == of_category)).label("is_new"),
            case((is_costed, amount_minor - line.quantity * cost_minor)).label("margin"),
            case((is_costed, amount_minor)).label("costed"),
        )
        .select_from(joined)
        .join(Product, Product.id == line.product_id)
        .outerjoin(PastProductCost, PastProductCost.covers(line.product_id, purchase.c.closed_day))
        .where(purchase.c.kind == StageKind.WON)
        .subquery()
    )
    return (
        select(
            each.c.deal_id,
            func.max(each.c.is_new).label("is_new_category"),
            func.sum(each.c.margin).label("margin_minor"),
            func.sum(each.c.costed).label("costed_minor"),
        )
        .group_by(each.c.deal_id)
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
