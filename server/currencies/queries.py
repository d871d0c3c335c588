"""Reading exchange rates: the list, one of them, and the rate of a day, in Python and in SQL."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import aliased

from server.currencies.models import Conversion, ExchangeRate
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db, exact_text
from server.platform.errors import ForbiddenError, NotFoundError
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, read_in_pieces
from server.platform.reporting import reporting
from server.platform.sql import days_before
from shared.money import minor_rate
from shared.time import Period
from shared.vocabulary import Role


@dataclass(frozen=True, kw_only=True)
class RateFilter:
    """Which rates; whatever is None does not narrow."""

    period: Period | None = None
    currency: str | None = None


@dataclass(frozen=True)
class RateRow:
    """A rate in a list."""

    id: str
    version: int
    currency: str
    day: dt.date
    rate: Decimal
    source: str
    entered_by: str | None
    """Name of who entered it."""
    entered_at: dt.datetime

    @property
    def rate_text(self) -> str:
        """All of its digits."""
        return exact_text(self.rate)


@dataclass(frozen=True)
class ConversionRow:
    """An order to convert amounts again, in a list."""

    id: str
    at: dt.datetime
    ordered_by: str | None
    """Name of who ordered it; None: a command."""
    currency: str | None
    """None: all."""
    first: dt.date
    last: dt.date
    amounts: int
    undone_at: dt.datetime | None

    @property
    def end(self) -> dt.date:
        """The day after all."""
        return self.last + dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Frozen:
    """The rate that an amount was put into the reporting currency at."""

    minor_rate: Decimal
    day: dt.date | None
    """On which it was published; None in the reporting currency itself."""


IN_REPORTING_CURRENCY = Frozen(Decimal(1), None)


@dataclass(frozen=True, slots=True)
class RateTable:
    """The rates of some currencies, to look up many days without asking the database again."""

    reporting_currency: str
    max_age_days: int
    rates: dict[str, tuple[Sequence[dt.date], Sequence[Decimal]]]

    def on(self, currency: str, day: dt.date) -> Frozen | None:
        """Return the last rate on or before a day that is not too old for it, or None."""
        if currency == self.reporting_currency:
            return IN_REPORTING_CURRENCY
        days, rates = self.rates.get(currency, ((), ()))
        place = bisect_right(days, day) - 1
        if place < 0 or (day - days[place]).days > self.max_age_days:
            return None
        return Frozen(rates[place], days[place])


def load_rates(
    currencies: Collection[str], *, reporting_currency: str, max_age_days: int
) -> RateTable:
    """Return the rates of these currencies; none of the reporting one are needed."""
    foreign = set(currencies) - {reporting_currency}
    found: dict[str, tuple[list[dt.date], list[Decimal]]] = {}
    rows = db.session.execute(
        select(ExchangeRate.currency, ExchangeRate.day, ExchangeRate.minor_rate)
        .where(ExchangeRate.currency.in_(foreign), ExchangeRate.deleted_at.is_(None))
        .order_by(ExchangeRate.currency, ExchangeRate.day)
    )
    for row in rows if foreign else ():
        days, rates = found.setdefault(row.currency, ([], []))
        days.append(row.day)
        rates.append(row.minor_rate)
    return RateTable(reporting_currency, max_age_days, dict(found))


def find_rate(
    currency: str, day: dt.date, *, reporting_currency: str, max_age_days: int
) -> Frozen | None:
    """Return the last rate on or before a day that is not too old for it, or None."""
    if currency == reporting_currency:
        return IN_REPORTING_CURRENCY
    row = db.session.execute(
        select(ExchangeRate.minor_rate, ExchangeRate.day)
        .where(
            ExchangeRate.currency == currency,
            ExchangeRate.deleted_at.is_(None),
            ExchangeRate.day <= day,
            ExchangeRate.day >= day - dt.timedelta(days=max_age_days),
        )
        .order_by(ExchangeRate.day.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Frozen(row.minor_rate, row.day)


def is_rate_of(currency: Any, day: Any, *, max_age_days: int) -> ColumnElement[bool]:
    """Return the condition to join the rate of a row's day; at most one row."""
    other = aliased(ExchangeRate)
    latest = (
        select(func.max(other.day))
        .where(
            other.currency == currency,
            other.deleted_at.is_(None),
            other.day <= day,
            other.day >= days_before(day, max_age_days),
        )
        .scalar_subquery()
    )
    return and_(
        ExchangeRate.currency == currency,
        ExchangeRate.deleted_at.is_(None),
        ExchangeRate.day == latest,
    )


def rate_text(currency: str, of_minor: Decimal | None) -> str | None:
    """Return the rate that an amount is frozen at as people say it: for one major unit."""
    if of_minor is None or currency == reporting().currency:
        return None
    # The other way round: back from minor units to major ones.
    return exact_text(
        minor_rate(of_minor, currency=reporting().currency, reporting_currency=currency)
    )


def list_currencies(*, reporting_currency: str, since: dt.date | None = None) -> list[str]:
    """Return the currencies an amount may be in: the reporting one, then those with a rate.

    :param since: only with a rate since this day
    """
    statement = select(ExchangeRate.currency).where(ExchangeRate.deleted_at.is_(None))
    if since is not None:
        statement = statement.where(ExchangeRate.day >= since)
    known = db.session.scalars(statement.distinct().order_by(ExchangeRate.currency))
    return [reporting_currency, *(each for each in known if each != reporting_currency)]


def list_rates(
    *, access: Access, where: RateFilter, page: int = 1, size: int = DEFAULT_SIZE
) -> Page[RateRow]:
    """Return a page of rates, the latest day first."""
    return fetch_page(_sorted(_rows(access, where)), number=page, size=size).map(_row)


def each_rate(*, access: Access, where: RateFilter) -> Iterator[RateRow]:
    """Give all rates of a filter, read piece by piece: for exports."""
    for row in read_in_pieces(_sorted(_rows(access, where))):
        yield _row(row)


def get_rate(*, access: Access, rate_id: str) -> RateRow:
    """Return one rate.

    :raises NotFoundError: if there is none that the caller may see
    """
    row = db.session.execute(
        _rows(access, RateFilter()).where(ExchangeRate.id == rate_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return _row(row)


def list_conversions(*, access: Access, most: int = 20) -> list[ConversionRow]:
    """Return the latest orders to convert amounts again, the newest first.

    :raises ForbiddenError: unless an administrator asks
    """
    if access.role is not Role.ADMIN:
        raise ForbiddenError
    order = Conversion
    rows = db.session.execute(
        select(
            order.id,
            order.at,
            User.name,
            order.currency,
            order.first,
            order.last,
            order.amounts,
            order.undone_at,
        )
        .outerjoin(User, User.id == order.ordered_by)
        .order_by(order.at.desc(), order.id.desc())
        .limit(most)
    )
    return [ConversionRow(*row) for row in rows]


def rates_of_days(
    keys: Collection[tuple[str, dt.date]], *, access: Access
) -> dict[tuple[str, dt.date], dict[str, Any]]:
    """Return whole rows by currency and day; for imports.

    :raises ForbiddenError: unless an administrator asks
    """
    if access.role is not Role.ADMIN:
        raise ForbiddenError
    table = ExchangeRate.__table__
    rows = db.session.execute(
        select(table).where(
            table.c.deleted_at.is_(None),
            table.c.currency.in_({currency for currency, _ in keys}),
            table.c.day.in_({day for _, day in keys}),
        )
    ).mappings()
    return {(row["currency"], row["day"]): dict(row) for row in rows}


def rates_around(
    keys: Collection[tuple[str, dt.date]], *, days: int, access: Access
) -> dict[str, dict[dt.date, Decimal]]:
    """Return the rates of these currencies by day, so many days around the days; for imports.

    :raises ForbiddenError: unless an administrator asks
    """
    if access.role is not Role.ADMIN:
        raise ForbiddenError
    found: dict[str, dict[dt.date, Decimal]] = {}
    if not keys:
        return found
    around = dt.timedelta(days=days)
    rows = db.session.execute(
        select(ExchangeRate.currency, ExchangeRate.day, ExchangeRate.rate).where(
            ExchangeRate.deleted_at.is_(None),
            ExchangeRate.currency.in_({currency for currency, _ in keys}),
            ExchangeRate.day >= min(day for _, day in keys) - around,
            ExchangeRate.day <= max(day for _, day in keys) + around,
        )
    )
    for row in rows:
        found.setdefault(row.currency, {})[row.day] = row.rate
    return found


def _rows(access: Access, where: RateFilter) -> Select[*tuple[Any, ...]]:
    """Return the statement; rates are no secret of anybody who sees amounts of others."""
    if access.role is Role.REP:
        raise ForbiddenError
    statement = (
        select(
            ExchangeRate.id,
            ExchangeRate.version,
            ExchangeRate.currency,
            ExchangeRate.day,
            ExchangeRate.rate,
            ExchangeRate.source,
            User.name.label("entered_by"),
            ExchangeRate.entered_at,
        )
        .outerjoin(User, User.id == ExchangeRate.entered_by)
        .where(ExchangeRate.deleted_at.is_(None))
    )
    if where.period is not None:
        statement = statement.where(
            ExchangeRate.day >= where.period.start, ExchangeRate.day < where.period.end
        )
    if where.currency is not None:
        statement = statement.where(ExchangeRate.currency == where.currency)
    return statement


def _sorted(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(ExchangeRate.day.desc(), ExchangeRate.currency)


def _row(row: Any) -> RateRow:
    return RateRow(**row._asdict())
