"""What other currencies are worth to the demo company, one rate a week."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal

from sqlalchemy import select

from server.currencies.models import ExchangeRate
from server.currencies.queries import IN_REPORTING_CURRENCY, Frozen
from server.demo.blueprint import Company
from server.demo.catalogue import USUAL_RATES
from server.demo.rows import Rows
from server.platform.database import db
from shared.money import minor_rate

_SOURCE = "Bank Indonesia"


def add_rates(rows: Rows, company: Company, *, since: dt.date, today: dt.date) -> None:
    """Add the rates of the weeks with these days; none where nothing is sold abroad."""
    if not company.sells_abroad:
        return
    known = _known_rates()
    day = _monday(since)
    while day <= today:
        for currency in USUAL_RATES:
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


def frozen_at(company: Company, currency: str, day: dt.date) -> Frozen:
    """Return the rate of the week, as an amount of this day is frozen at it."""
    if currency == company.currency:
        return IN_REPORTING_CURRENCY
    monday = _monday(day)
    rate = _rate(company, currency, monday)
    in_minor = minor_rate(rate, currency=currency, reporting_currency=company.currency)
    return Frozen(in_minor, monday)


def _known_rates() -> Collection[tuple[str, dt.date]]:
    """Return what is there, also what somebody deleted: it stays as it was left."""
    rows = db.session.execute(select(ExchangeRate.currency, ExchangeRate.day))
    return {(row.currency, row.day) for row in rows}


def _rate(company: Company, currency: str, monday: dt.date) -> Decimal:
    chance = company.chance("rate", currency, monday)
    return Decimal(round(chance.about(USUAL_RATES[currency], spread=0.008)))


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())
