"""Orders from abroad, paid in other currencies, and what those are worth each week."""

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select

from server.currencies.models import ExchangeRate
from server.currencies.queries import Frozen
from server.demo.blueprint import Company
from server.demo.orders import Order, OrderLine, add_order, take_order
from server.demo.plans import working_days
from server.demo.rows import Rows
from server.platform.database import db
from shared.money import minor_rate

_HOME = "IDR"
# Rupiah for one unit, around which the weeks go up and down.
_USUAL_RATES = {"SGD": 12_050, "USD": 16_180}
_SOURCE = "Bank Indonesia"
_EACH_DAY = 0.2
_CARTONS = 20
"""So many times an ordinary order."""


def add_exports(
    rows: Rows, company: Company, *, since: dt.date, today: dt.date, now: dt.datetime
) -> None:
    """Add the orders of these days, and the rates of their weeks; nothing outside Indonesia."""
    if company.currency != _HOME:
        return
    _add_rates(rows, company, since=since, today=today)
    for day in working_days(since, today, today=today):
        chance = company.chance("export", day)
        at = company.at(day, chance.uniform(9 * 60, 16 * 60))
        if not chance.happens(_EACH_DAY) or at > now:
            continue
        rep = chance.choice(company.reps)
        outlets = [outlet for outlet in company.outlets_of(rep) if outlet.joined_on < day]
        if not outlets:
            continue
        outlet = chance.choice(outlets)
        currency = chance.choice(tuple(_USUAL_RATES))
        frozen = _frozen(company, currency, day)
        order = take_order(chance, company, outlet, day=day, at=at)
        lines = [_in_currency(line, frozen.minor_rate) for line in order.lines]
        add_order(
            rows,
            company,
            outlet,
            Order(deal_id=order.deal_id, change_id=order.change_id, at=at, lines=lines),
            day=day,
            visit_id=None,
            abroad=(currency, frozen),
        )


def _add_rates(rows: Rows, company: Company, *, since: dt.date, today: dt.date) -> None:
    known = _known_rates()
    day = _monday(since)
    while day <= today:
        for currency in _USUAL_RATES:
            if (currency, day) not in known:
                at = company.at(day, 480)
                rate = _rate(company, currency, day)
                rows.add(
                    ExchangeRate,
                    id=company.chance("rate id", currency, day).record_id(at),
                    currency=currency,
                    day=day,
                    rate=rate,
                    minor_rate=minor_rate(
                        rate, currency=currency, reporting_currency=company.currency
                    ),
                    source=_SOURCE,
                    entered_by=None,
                    entered_at=at,
                    deleted_at=None,
                    version=1,
                )
        day += dt.timedelta(days=7)


def _known_rates() -> Collection[tuple[str, dt.date]]:
    """Return what is there, also what somebody deleted: it stays as it was left."""
    rows = db.session.execute(select(ExchangeRate.currency, ExchangeRate.day))
    return {(row.currency, row.day) for row in rows}


def _frozen(company: Company, currency: str, day: dt.date) -> Frozen:
    """Return the rate of the week as a deal of this day is frozen at it."""
    monday = _monday(day)
    rate = _rate(company, currency, monday)
    in_minor = minor_rate(rate, currency=currency, reporting_currency=company.currency)
    return Frozen(in_minor, monday)


def _rate(company: Company, currency: str, monday: dt.date) -> Decimal:
    chance = company.chance("rate", currency, monday)
    return Decimal(round(chance.about(_USUAL_RATES[currency], spread=0.008)))


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _in_currency(line: OrderLine, rate: Decimal) -> OrderLine:
    """Return a line with its price in the other currency, without anything off."""
    price_minor = max(1, round(line.item.price_minor / rate))
    item = replace(line.item, price_minor=price_minor)
    return OrderLine(item=item, quantity=_CARTONS * line.quantity)
