"""Orders: what an outlet buys, and the won deal an order is."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from server.currencies.operations.freezing import frozen_columns
from server.deals.models import Deal, DealLine, StageChange
from server.demo.blueprint import Company
from server.demo.catalogue import Item
from server.demo.chance import Chance
from server.demo.rates import frozen_at
from server.demo.rows import Rows
from server.demo.seasons import demand
from server.demo.territory import Outlet
from shared.money import line_amount_minor
from shared.vocabulary import CustomerClass, StageKind

WON_STAGE = "won"
_LINES = {CustomerClass.A: (3, 6), CustomerClass.B: (2, 4), CustomerClass.C: (1, 3)}
_CARTONS = {CustomerClass.A: 3.4, CustomerClass.B: 1.9, CustomerClass.C: 1.15}


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """A product, how many cartons, and what the outlet was let off."""

    item: Item
    quantity: int
    discount_minor: int = 0

    @cached_property
    def amount_minor(self) -> int:
        """Quantity times price, less the discount."""
        return line_amount_minor(
            quantity=Decimal(self.quantity),
            unit_price_minor=self.item.price_minor,
            discount_minor=self.discount_minor,
        )


@dataclass(frozen=True, kw_only=True)
class Order:
    """What was ordered, under the id of its deal."""

    deal_id: str
    change_id: str
    at: dt.datetime
    lines: Sequence[OrderLine]


def take_order(
    chance: Chance, company: Company, outlet: Outlet, *, day: dt.date, at: dt.datetime
) -> Order:
    """Return what the outlet orders on this day: mostly the usual, now and then something new."""
    fewest, most = _LINES[outlet.customer_class]
    wanted = chance.sample(outlet.usual, min(chance.randint(fewest, most), len(outlet.usual)))
    if chance.happens(0.07):
        wanted = [item for item in wanted if item.id != (new := chance.choice(company.items)).id]
        wanted.append(new)
    pull = (
        _CARTONS[outlet.customer_class]
        * outlet.size
        * outlet.rep.ways.basket
        * demand(day, founded_on=company.founded_on)
    )
    return Order(
        deal_id=chance.record_id(at),
        change_id=chance.record_id(at),
        at=at,
        lines=priced([_line(chance, item, pull) for item in wanted], company, outlet),
    )


def priced(lines: Sequence[OrderLine], company: Company, outlet: Outlet) -> list[OrderLine]:
    """Return lines at the prices in the outlet's currency, without what has none in it.

    Where nothing has, there is another product on the first line.
    """
    currency = outlet.currency
    if not currency:
        return list(lines)
    sold = [line for line in lines if currency in line.item.prices]
    if not sold:
        other = next(item for item in company.items if currency in item.prices)
        sold = [replace(lines[0], item=other, discount_minor=0)]
    return [
        OrderLine(
            item=replace(line.item, price_minor=line.item.prices[currency]),
            quantity=line.quantity,
            discount_minor=line.discount_minor
            * line.item.prices[currency]
            // line.item.price_minor,
        )
        for line in sold
    ]


def add_order(
    rows: Rows,
    company: Company,
    outlet: Outlet,
    order: Order,
    *,
    day: dt.date,
    visit_id: str | None,
    code: str | None = None,
) -> None:
    """Add an order as a deal that is won at once: it was never a lead."""
    rep = outlet.rep
    currency = outlet.currency or company.currency
    rate = frozen_at(company, currency, day)
    amounts = [line.amount_minor for line in order.lines]
    rows.add(
        Deal,
        id=order.deal_id,
        code=code,
        title="",
        customer_id=outlet.id,
        visit_id=visit_id,
        owner_id=rep.id,
        team_id=rep.team_id,
        source="",
        stage_key=WON_STAGE,
        kind=StageKind.WON,
        amount_minor=sum(amounts),
        currency=currency,
        **frozen_columns(amounts, rate),
        expected_close_on=None,
        lost_reason="",
        note="",
        type_by_hand=None,
        voided_at=None,
        stage_since=day,
        lead_day=None,
        lead_rep_id=None,
        opportunity_day=None,
        opportunity_rep_id=None,
        closed_day=day,
        closed_at=order.at,
        closed_rep_id=rep.id,
        content_sha256=None,
        version=1,
        field_versions={},
        created_at=order.at,
        updated_at=order.at,
        deleted_at=None,
    )
    rows.add(
        StageChange,
        id=order.change_id,
        deal_id=order.deal_id,
        from_stage=None,
        to_stage=WON_STAGE,
        at=order.at,
        day=day,
        rep_id=rep.id,
    )
    add_lines(rows, order.deal_id, order.lines)
    rows.mark(rep.id, day)


def add_lines(rows: Rows, deal_id: str, lines: Sequence[OrderLine]) -> None:
    """Add the lines of a deal."""
    for position, line in enumerate(lines, start=1):
        rows.add(
            DealLine,
            deal_id=deal_id,
            position=position,
            product_id=line.item.id,
            quantity=line.quantity,
            unit_price_minor=line.item.price_minor,
            discount_minor=line.discount_minor,
            amount_minor=line.amount_minor,
        )


def _line(chance: Chance, item: Item, cartons: float) -> OrderLine:
    quantity = max(1, round(chance.about(cartons, spread=0.45)))
    # From ten cartons on there is something off.
    percent = chance.choice((2, 3, 5)) if quantity >= 10 else 0
    return OrderLine(
        item=item,
        quantity=quantity,
        discount_minor=quantity * item.price_minor * percent // 100,
    )
