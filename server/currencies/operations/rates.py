"""Entering, correcting, deleting and bringing back exchange rates.

A rate that comes late is late data: rows of its days that wait, or that were converted at an older
one, get it at once. A rate that is corrected or deleted rewrites nothing, until an administrator
orders it (`conversions`). docs/adr has the reasons.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from server.currencies.models import ExchangeRate
from server.currencies.operations.freezing import (
    RateChange,
    UnknownCurrencyError,
    known_currencies,
    tell_change,
)
from server.platform import audit
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from shared.i18n import N_
from shared.money import minor_rate
from shared.sync.ids import new_id

FIRST_DAY = dt.date(2000, 1, 1)
LOWEST, HIGHEST = Decimal("0.00000001"), Decimal(10**9)
MOST_DECIMALS = 10
LONGEST_SOURCE = 120
FAR_OFF = 5
"""So many times another rate of the weeks around it: more likely a slip than the market."""
NEIGHBOUR_DAYS = 31


class OwnCurrencyError(ProblemError):
    """The company reports in this currency."""

    code = "rate.own_currency"
    status = 422
    title = N_("This is the currency the company reports in; it needs no rate.")


class RateError(ProblemError):
    """No rate is this."""

    code = "rate.out_of_range"
    status = 422
    title = N_("A rate is more than zero, below a thousand million, and has at most 10 decimals.")


class FarOffError(ProblemError):
    """Some digit has slipped, or it is the other way round."""

    code = "rate.far_off"
    status = 422
    title = N_(
        "This rate is more than five times as high or as low as another one of the weeks around it."
        " Look at the digits, and say that it is right if it is."
    )


class RateDayError(ProblemError):
    """A rate of tomorrow is not known yet."""

    code = "rate.day"
    status = 422
    title = N_("The day of a rate is today or before, and not before the year 2000.")


class RateSourceError(ProblemError):
    """The name of the source is too long."""

    code = "rate.source"
    status = 422
    title = N_("The source has at most 120 characters.")


class RateExistsError(ProblemError):
    """One currency has one rate a day."""

    code = "rate.exists"
    status = 409
    title = N_("This currency has a rate for this day already. Correct that one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RateEntry:
    """What a form says of a rate."""

    currency: str
    day: dt.date
    rate: Decimal
    """Major units of the reporting currency for one major unit."""
    source: str = ""
    confirmed: bool = False
    """Somebody says that it is right, although it is far from the others."""


def enter_rate(
    *, entry: RateEntry, reporting_currency: str, at: dt.datetime, today: dt.date, by: str
) -> tuple[str, int]:
    """
    Enter a rate; return its id, and how many amounts it was frozen into at once.

    :raises UnknownCurrencyError, OwnCurrencyError, RateError, FarOffError, RateDayError,
        RateSourceError: if something is impossible
    :raises RateExistsError: if the currency has a rate for this day
    """
    check_currency(entry.currency, reporting_currency=reporting_currency)
    check_day(entry.day, today=today)
    if _find(entry.currency, entry.day) is not None:
        raise RateExistsError
    _check_rate(entry)
    row = ExchangeRate(
        id=new_id(),
        currency=entry.currency,
        day=entry.day,
        rate=entry.rate,
        minor_rate=minor_rate(
            entry.rate, currency=entry.currency, reporting_currency=reporting_currency
        ),
        source=entry.source.strip(),
        entered_by=by,
        entered_at=at,
    )
    db.session.add(row)
    db.session.flush()
    note("rate.enter", row, at, by, rate=str(row.rate))
    return row.id, tell_arrived({row.currency: row.day}, at=at)


def correct_rate(
    *,
    rate_id: str,
    entry: RateEntry,
    version: int | str,
    reporting_currency: str,
    at: dt.datetime,
    by: str,
) -> ExchangeRate:
    """
    Change what a rate is and where it comes from; its currency and day stay.

    Amounts that were frozen at it stay too, until they are ordered to be converted again.

    :raises NotFoundError: if there is none
    :raises ChangedMeanwhileError: if somebody changed it since this version
    :raises RateError, FarOffError, RateSourceError: if something is impossible
    """
    row = get_row(rate_id)
    row.expect(version)
    _check_rate(entry)
    changed = row.set_fields(
        {
            "rate": entry.rate,
            "minor_rate": minor_rate(
                entry.rate, currency=row.currency, reporting_currency=reporting_currency
            ),
            "source": entry.source.strip(),
        }
    )
    if changed:
        told = {name: [str(each) for each in values] for name, values in changed.items()}
        note("rate.correct", row, at, by, changes=told)
    return row


def delete_rate(
    *, rate_id: str, at: dt.datetime, by: str, version: int | str | None = None
) -> ExchangeRate:
    """
    Take a rate out; it can be brought back. Amounts that were frozen at it stay.

    :param version: the one the caller has read; None: whatever it is now
    :raises NotFoundError: if there is none
    :raises ChangedMeanwhileError: if it is another version by now
    """
    row = get_row(rate_id)
    if version is not None:
        row.expect(version)
    row.set_fields({"deleted_at": at})
    note("rate.delete", row, at, by, rate=str(row.rate))
    return row


def restore_rate(
    *, rate_id: str, at: dt.datetime, by: str, version: int | str | None = None
) -> ExchangeRate:
    """
    Bring a deleted rate back; one that is there stays as it is.

    :param version: the one the caller has read; None: whatever it is now
    :raises NotFoundError: if there never was one
    :raises ChangedMeanwhileError: if it is another version by now
    :raises RateExistsError: if another one was entered for its day meanwhile
    """
    row = get_row(rate_id, deleted=True)
    if version is not None:
        row.expect(version)
    if row.deleted_at is None:
        return row
    if _find(row.currency, row.day) is not None:
        raise RateExistsError
    row.set_fields({"deleted_at": None})
    db.session.flush()
    note("rate.restore", row, at, by, rate=str(row.rate))
    tell_arrived({row.currency: row.day}, at=at)
    return row


def check_currency(currency: str, *, reporting_currency: str) -> None:
    """
    Make sure that a currency may have a rate.

    :raises UnknownCurrencyError, OwnCurrencyError: if it may not
    """
    if currency not in known_currencies():
        raise UnknownCurrencyError(currency)
    if currency == reporting_currency:
        raise OwnCurrencyError


def check_day(day: dt.date, *, today: dt.date) -> None:
    """
    Make sure that a rate may be of this day.

    :raises RateDayError: if it may not
    """
    if not FIRST_DAY <= day <= today:
        raise RateDayError


def check_size(rate: Decimal) -> None:
    """
    Make sure that a rate is possible at all.

    :raises RateError: if it is not
    """
    if not rate.is_finite() or not LOWEST <= rate < HIGHEST:
        raise RateError
    if -int(rate.normalize().as_tuple().exponent) > MOST_DECIMALS:
        raise RateError


def is_far_off(rate: Decimal, other: Decimal) -> bool:
    """Return whether one of two rates of the same weeks must be a slip."""
    return rate > other * FAR_OFF or other > rate * FAR_OFF


def tell_arrived(since: dict[str, dt.date], *, at: dt.datetime) -> int:
    """Freeze what waits for these currencies' rates; return how many amounts got one.

    :param since: the first day of the new rates, by currency
    """
    return sum(
        tell_change(RateChange(currency=currency, since=since[currency], corrected=False, at=at))
        for currency in sorted(since)
    )


def _check_rate(entry: RateEntry) -> None:
    check_size(entry.rate)
    if len(entry.source.strip()) > LONGEST_SOURCE:
        raise RateSourceError
    if entry.confirmed:
        return
    around = dt.timedelta(days=NEIGHBOUR_DAYS)
    neighbours = db.session.scalars(
        select(ExchangeRate.rate).where(
            ExchangeRate.currency == entry.currency,
            ExchangeRate.deleted_at.is_(None),
            ExchangeRate.day.between(entry.day - around, entry.day + around),
            ExchangeRate.day != entry.day,
        )
    )
    if any(is_far_off(entry.rate, other) for other in neighbours):
        raise FarOffError


def _find(currency: str, day: dt.date) -> ExchangeRate | None:
    return db.session.scalar(
        select(ExchangeRate).where(
            ExchangeRate.currency == currency,
            ExchangeRate.day == day,
            ExchangeRate.deleted_at.is_(None),
        )
    )


def get_row(rate_id: str, *, deleted: bool = False) -> ExchangeRate:
    """
    Return a rate to be changed.

    :param deleted: also one that was deleted
    :raises NotFoundError: if there is none
    """
    row = db.session.scalar(
        select(ExchangeRate).where(ExchangeRate.id == rate_id).with_for_update()
    )
    if row is None or (row.deleted_at is not None and not deleted):
        raise NotFoundError
    return row


def note(action: str, row: ExchangeRate, at: dt.datetime, by: str, **details: object) -> None:
    """Log what was done about a rate."""
    audit.record(
        action=action,
        at=at,
        user_id=by,
        subject=_subject(row),
        **details,
    )


def _subject(row: ExchangeRate) -> str:
    return f"{row.currency} {row.day.isoformat()}"
