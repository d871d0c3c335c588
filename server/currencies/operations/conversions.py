"""Ordering amounts to be converted again, after rates were corrected, and undoing that."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from server.currencies.models import Conversion, ExchangeRate
from server.currencies.operations.freezing import RateChange, tell_change
from server.currencies.operations.rates import check_currency, check_day, get_row, note
from server.platform import audit
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from shared.i18n import N_
from shared.sync.ids import new_id


class PeriodOrderError(ProblemError):
    """Two days were put the wrong way round."""

    code = "rate.period"
    status = 422
    title = N_("The last day is before the first one.")


class ConversionUndoneError(ProblemError):
    """Somebody undid it before."""

    code = "rate.conversion_undone"
    status = 409
    title = N_("This conversion was undone already.")


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an order."""

    conversion_id: str | None
    """None: no amount moved, so there is nothing to undo."""
    amounts: int


def convert_again(*, rate_id: str, at: dt.datetime, by: str) -> Done:
    """
    Freeze anew what was frozen at a rate that was corrected or deleted.

    Their days are counted again. An order of its own, because numbers that were told before change.

    :raises NotFoundError: if there never was such a rate
    """
    row = get_row(rate_id, deleted=True)
    db.session.flush()
    change = RateChange(currency=row.currency, since=row.day, corrected=True, at=at)
    conversion = Conversion(
        ordered_by=by, currency=row.currency, first=row.day, last=row.day, rate_id=row.id
    )
    done = _carry_out(conversion, [change], at=at)
    note("rate.convert_again", row, at, by, rate=str(row.rate), amounts=done.amounts)
    return done


def convert_period(
    *,
    first: dt.date,
    last: dt.date,
    currency: str | None,
    reporting_currency: str,
    at: dt.datetime,
    today: dt.date,
    by: str | None,
) -> Done:
    """
    Freeze anew what was frozen on some days at other rates than count now.

    Also an order of its own, for instance after a file corrected many rates. What has lost its rate
    waits from then on. Their days are counted again.

    :param last: the last of these days
    :param currency: only amounts in this one; None: in all
    :param by: None: by a command
    :raises RateDayError: if one of the days is too early, or to come
    :raises PeriodOrderError: if the last day is before the first
    :raises UnknownCurrencyError, OwnCurrencyError: if the currency has no rates
    """
    for day in (first, last):
        check_day(day, today=today)
    if last < first:
        raise PeriodOrderError
    until = last + dt.timedelta(days=1)
    if currency is not None:
        check_currency(currency, reporting_currency=reporting_currency)
    given = select(ExchangeRate.currency).distinct().order_by(ExchangeRate.currency)
    currencies = [currency] if currency is not None else db.session.scalars(given).all()
    changes = [
        RateChange(currency=each, since=first, until=until, corrected=True, at=at)
        for each in currencies
    ]
    conversion = Conversion(ordered_by=by, currency=currency, first=first, last=last)
    done = _carry_out(conversion, changes, at=at)
    audit.record(
        action="rate.convert_period",
        at=at,
        user_id=by,
        subject=_subject(conversion),
        currency=currency,
        amounts=done.amounts,
    )
    return done


def undo_conversion(*, conversion_id: str, at: dt.datetime, by: str) -> tuple[Conversion, int]:
    """
    Put amounts back to the rates they stood at before an order; return it, and how many it was.

    What got another rate since stays as it is. Their days are counted again. The rates themselves
    stay as they are now.

    :raises NotFoundError: if there was no such order
    :raises ConversionUndoneError: if it was undone before
    """
    conversion = db.session.scalar(
        select(Conversion).where(Conversion.id == conversion_id).with_for_update()
    )
    if conversion is None:
        raise NotFoundError
    if conversion.undone_at is not None:
        raise ConversionUndoneError
    conversion.undone_at = at
    db.session.flush()
    amounts = tell_change(
        RateChange(
            currency=conversion.currency or "",
            since=conversion.first,
            corrected=True,
            at=at,
            undoes=conversion_id,
        )
    )
    audit.record(
        action="rate.undo_conversion",
        at=at,
        user_id=by,
        subject=_subject(conversion),
        currency=conversion.currency,
        amounts=amounts,
    )
    return conversion, amounts


def _carry_out(conversion: Conversion, changes: Sequence[RateChange], *, at: dt.datetime) -> Done:
    conversion.id, conversion.at, conversion.amounts = new_id(), at, 0
    db.session.add(conversion)
    db.session.flush()
    amounts = sum(tell_change(replace(change, noted_as=conversion.id)) for change in changes)
    if not amounts:
        db.session.delete(conversion)
        db.session.flush()
        return Done(None, 0)
    conversion.amounts = amounts
    db.session.flush()
    return Done(conversion.id, amounts)


def _subject(conversion: Conversion) -> str:
    return f"{conversion.first.isoformat()} – {conversion.last.isoformat()}"
