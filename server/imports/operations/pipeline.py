"""What a row says about a deal: its milestones, its history of stages, its lines and their sum."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from server.deals.operations.deals import makes_opportunity
from server.imports.operations.context import Record, RefusedError, Run
from server.imports.queries.known import ProductPrice
from shared.money import line_amount_minor
from shared.vocabulary import StageKind


@dataclass(frozen=True, kw_only=True)
class Milestones:
    """The days of a deal. An order, won at once, was neither lead nor opportunity."""

    lead: dt.date | None
    opportunity: dt.date | None
    closed: dt.date | None


@dataclass(frozen=True, kw_only=True)
class Line:
    """A product on a deal; amounts in minor units."""

    product_id: str
    quantity: int
    unit_price_minor: int
    discount_minor: int
    amount_minor: int

    def to_row(self, deal_id: str, position: int) -> dict[str, Any]:
        """Return it as a row of the table."""
        return {
            "deal_id": deal_id,
            "position": position,
            "product_id": self.product_id,
            "quantity": self.quantity,
            "unit_price_minor": self.unit_price_minor,
            "discount_minor": self.discount_minor,
            "amount_minor": self.amount_minor,
        }


@dataclass(frozen=True, kw_only=True)
class Move:
    """A step of the history."""

    from_stage: str | None
    to_stage: str
    day: dt.date
    at: dt.datetime


def milestones(record: Record, kind: StageKind, run: Run) -> Milestones:
    """Return the days of a deal in a stage of this kind.

    :raises RefusedError: if days are missing, in the future or in the wrong order
    """
    given = record.values
    closed = given.get("closed_on")
    if closed is not None and not kind.is_closed:
        raise RefusedError("closed_on", "closed_day_of_open_deal")
    if closed is None and kind.is_closed:
        raise RefusedError("closed_on", "required")
    created = given.get("created_on") or given.get("default_created_on")
    opportunity = given.get("opportunity_on")
    is_order = kind is StageKind.WON and created is None and opportunity is None
    if created is None and not is_order:
        created = opportunity
    if created is None and not is_order:
        raise RefusedError("created_on", "required")
    if opportunity is None and makes_opportunity(kind) and not is_order:
        opportunity = created
    if kind is StageKind.LEAD:
        opportunity = None
    days = {"created_on": created, "opportunity_on": opportunity, "closed_on": closed}
    _check_order(days, run.today)
    return Milestones(lead=created, opportunity=opportunity, closed=closed)


def _check_order(days: dict[str, dt.date | None], today: dt.date) -> None:
    before: dt.date | None = None
    for field_name, day in days.items():
        if day is None:
            continue
        if day > today:
            raise RefusedError(field_name, "day_in_future")
        if before is not None and day < before:
            raise RefusedError(field_name, "days_out_of_order")
        before = day


def history(days: Milestones, stage_key: str, run: Run) -> list[Move]:
    """Return the moves that lead to the present stage.

    A file knows days, not times: each move is put at noon, a second after the one before.
    """
    steps: list[tuple[str, dt.date]] = []
    kind = run.references.stages[stage_key]
    last_day = days.closed if kind.is_closed else days.opportunity or days.lead
    assert last_day is not None
    lead_stage = run.references.first_stage(StageKind.LEAD)
    open_stage = run.references.first_stage(StageKind.OPEN)
    was_lead = days.lead is not None and days.lead != days.opportunity
    if was_lead and lead_stage is not None and kind is not StageKind.LEAD:
        assert days.lead is not None
        steps.append((lead_stage, days.lead))
    if days.opportunity is not None and open_stage is not None and kind.is_closed:
        steps.append((open_stage, days.opportunity))
    steps.append((stage_key, last_day))
    moves: list[Move] = []
    for number, (key, day) in enumerate(steps):
        moves.append(
            Move(
                from_stage=moves[-1].to_stage if moves else None,
                to_stage=key,
                day=day,
                at=noon(day, run.time_zone) + dt.timedelta(seconds=number),
            )
        )
    return moves


def noon(day: dt.date, time_zone: str) -> dt.datetime:
    """Return the instant of noon on this day."""
    return dt.datetime.combine(day, dt.time(12), ZoneInfo(time_zone)).astimezone(dt.UTC)


def lines_of(record: Record, kind: StageKind, currency: str, run: Run) -> list[Line]:
    """Return the lines of a deal: those of the file of lines, or one of its product.

    A deal that is not closed and has no amount is worth its product's list price.

    :raises RefusedError: if the product is unknown or has no price in this currency, or a won deal
        has no amount
    """
    if record.lines:
        return [_line(line, currency, run) for line in record.lines]
    product = run.find(record, "product", run.references.products, "unknown_product")
    amount_minor = record.values.get("amount")
    if kind is StageKind.WON and amount_minor is None:
        raise RefusedError("amount", "amount_missing")
    if product is None:
        return []
    quantity = record.values.get("quantity") or 1
    if amount_minor is None:
        amount_minor = quantity * _list_price(product, "amount", currency, run)
    # The price that makes the amount; what does not divide evenly is a discount of the line.
    unit_price_minor = -(-amount_minor // quantity)
    return [
        Line(
            product_id=product.id,
            quantity=quantity,
            unit_price_minor=unit_price_minor,
            discount_minor=quantity * unit_price_minor - amount_minor,
            amount_minor=amount_minor,
        )
    ]


def _list_price(product: ProductPrice, field_name: str, currency: str, run: Run) -> int:
    price_minor = product.price_in(currency, reporting_currency=run.reporting_currency)
    if price_minor is None:
        raise RefusedError(field_name, "price_missing")
    return price_minor


def _line(record: Record, currency: str, run: Run) -> Line:
    product = run.references.products[record.values["product"]]
    unit_price_minor = record.values.get("unit_price")
    if unit_price_minor is None:
        unit_price_minor = _list_price(product, "unit_price", currency, run)
    gross_minor = record.values["quantity"] * unit_price_minor
    amount_minor = line_amount_minor(
        quantity=Decimal(record.values["quantity"]),
        unit_price_minor=unit_price_minor,
        discount_rate=record.values.get("discount_rate") or Decimal(0),
        discount_minor=record.values.get("discount") or 0,
    )
    return Line(
        product_id=product.id,
        quantity=record.values["quantity"],
        unit_price_minor=unit_price_minor,
        discount_minor=gross_minor - amount_minor,
        amount_minor=amount_minor,
    )


def check_lines(record: Record, currency: str, run: Run) -> bool:
    """Return whether all lines of a deal are good; note the problems of those that are not."""
    good = True
    for line in record.lines:
        if line.values["product"] not in run.references.products:
            run.note(line, "product", "unknown_product")
            good = False
            continue
        try:
            is_less_than_nothing = _line(line, currency, run).amount_minor < 0
        except RefusedError as refusal:
            run.note(line, refusal.field_name, refusal.code)
            good = False
            continue
        if is_less_than_nothing:
            run.note(line, "discount", "discount_too_large")
            good = False
    return good
