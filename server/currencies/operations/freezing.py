"""Putting amounts into the reporting currency, once: of new rows, and of those that waited."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from babel.core import get_global
from sqlalchemy import Select, and_, case, func, insert, literal, or_, select, update

from server.currencies.models import Converted, ConvertedRow, ExchangeRate
from server.currencies.queries import IN_REPORTING_CURRENCY, Frozen, find_rate, is_rate_of
from server.platform.database import Id, db
from server.platform.errors import ProblemError
from server.platform.events import rates_asked, rates_changed
from server.platform.held import once
from server.platform.reporting import reporting
from server.platform.sql import converted
from shared.i18n import N_
from shared.money import convert_minor
from shared.schemas.limits import MAX_MINOR

_WAITING: dict[str, Any] = {
    "base_amount_minor": 0,
    "waits_for_rate": True,
    "minor_rate": None,
    "rate_on": None,
}


class UnknownCurrencyError(ProblemError):
    """Nobody has ever paid in such a currency."""

    code = "rate.unknown_currency"
    status = 422
    title = N_("There is no currency with this code.")


@cache
def known_currencies() -> frozenset[str]:
    """Return the ISO 4217 codes of all money that is or was legal tender anywhere."""
    return frozenset(
        code
        for currencies in get_global("territory_currencies").values()
        for code, _, _, is_tender in currencies
        if is_tender
    )


def kept_rate(row: Converted) -> Frozen | None:
    """Return the rate that a row was frozen at; None: it waits, or needs none."""
    if row.minor_rate is None or row.rate_on is None:
        return None
    return Frozen(row.minor_rate, row.rate_on)


def rate_of(
    currency: str,
    day: dt.date,
    *,
    reporting_currency: str,
    unknown: type[ProblemError] = UnknownCurrencyError,
) -> Frozen | None:
    """
    Return the rate that an amount of this day is frozen at; None: it waits for one.

    :param unknown: raised if this is no currency
    """
    if currency == reporting_currency:
        return IN_REPORTING_CURRENCY
    if currency not in known_currencies():
        raise unknown(currency)
    return once(
        ("rate", currency, day),
        lambda: find_rate(
            currency,
            day,
            reporting_currency=reporting_currency,
            max_age_days=reporting().max_age_days,
        ),
    )


def frozen_columns(amounts_minor: Sequence[int], rate: Frozen | None) -> dict[str, Any]:
    """
    Return the columns of `Converted` for a row whose amount is the sum of these.

    Each is rounded by itself: the lines of a deal, a cost entry. What comes to an absurd sum waits.
    """
    if rate is None:
        return _WAITING
    if rate is IN_REPORTING_CURRENCY:
        return _WAITING | {"base_amount_minor": sum(amounts_minor), "waits_for_rate": False}
    total = sum(convert_minor(amount, rate.minor_rate) for amount in amounts_minor)
    if total > MAX_MINOR:
        return _WAITING
    return {
        "base_amount_minor": total,
        "waits_for_rate": False,
        "minor_rate": rate.minor_rate,
        "rate_on": rate.day,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class RateChange:
    """What the signal `rates_changed` tells."""

    currency: str
    since: dt.date
    corrected: bool
    at: dt.datetime
    until: dt.date | None = None
    """Of an order to convert a period anew: the day after its last."""
    noted_as: str | None = None
    """The conversion under which the rates are kept that rows stood at before."""
    undoes: str | None = None
    """The conversion whose rows get back the rates they stood at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateUse:
    """Amounts of one kind that stand at a rate; minor units of the reporting currency."""

    kind: str
    """Their table."""
    amounts: int
    worth_minor: int
    moving: int
    """Those that would get another rate now."""
    moving_minor: int
    moved_minor: int
    """What they would be worth at that one."""


def rows_to_freeze(
    model: Any, day: Any, change: RateChange, *, base: Callable[[Any], Any] | None = None
) -> Select[*tuple[Any, ...]]:
    """
    Return the rows of a model that a change of rates concerns, with what they are frozen at now.

    :param day: the column of the day whose rate counts
    :param base: makes the worth of a row from the rate; without, its amount is converted
    """
    rate = ExchangeRate
    possible = converted(model.amount_minor, rate.minor_rate).is_not(None)
    worth = (
        converted(model.amount_minor, rate.minor_rate) if base is None else base(rate.minor_rate)
    )
    if change.undoes is not None:
        return _rows_to_bring_back(model, change.undoes, base)
    statement = (
        select(
            model.id,
            case((possible, rate.minor_rate)).label("minor_rate"),
            case((possible, rate.day)).label("rate_on"),
            func.coalesce(case((possible, worth)), 0).label("base_amount_minor"),
        )
        .outerjoin(rate, is_rate_of(model.currency, day, max_age_days=reporting().max_age_days))
        # The second says nothing new, but an index holds only the rows of which it is true.
        .where(
            model.currency == change.currency,
            or_(model.minor_rate.is_not(None), model.waits_for_rate),
        )
    )
    if change.corrected:
        moves = or_(
            model.minor_rate.is_distinct_from(case((possible, rate.minor_rate))),
            model.rate_on.is_distinct_from(case((possible, rate.day))),
        )
        if change.until is not None:
            return statement.where(day >= change.since, day < change.until, moves)
        return statement.where(model.rate_on == change.since, moves)
    return statement.where(
        day >= change.since, possible, or_(model.waits_for_rate, model.rate_on < rate.day)
    )


def _rows_to_bring_back(
    model: Any, conversion_id: str, base: Callable[[Any], Any] | None
) -> Select[*tuple[Any, ...]]:
    """Return the rows that still stand where an order has put them, with where they stood."""
    was = ConvertedRow
    former = was.former_minor_rate
    worth = converted(model.amount_minor, former) if base is None else base(former)
    possible = and_(former.is_not(None), converted(model.amount_minor, former).is_not(None))
    return (
        select(
            model.id,
            case((possible, former)).label("minor_rate"),
            case((possible, was.former_rate_on)).label("rate_on"),
            func.coalesce(case((possible, worth)), 0).label("base_amount_minor"),
        )
        .join(was, and_(was.row_id == model.id, was.kind == model.__tablename__))
        .where(
            was.conversion_id == conversion_id,
            model.currency == was.currency,
            model.minor_rate.is_not_distinct_from(was.minor_rate),
            model.rate_on.is_not_distinct_from(was.rate_on),
        )
    )


def use_of_rate(
    model: Any, day: Any, change: RateChange, *, base: Callable[[Any], Any] | None = None
) -> RateUse:
    """Return what stands at the rate of the day `change.since`; else as `rows_to_freeze`."""
    standing = select(func.count(), func.coalesce(func.sum(model.base_amount_minor), 0)).where(
        model.currency == change.currency, model.rate_on == change.since
    )
    row = rows_to_freeze(model, day, change, base=base).subquery()
    moving = (
        select(
            func.count(),
            func.coalesce(func.sum(model.base_amount_minor), 0),
            func.coalesce(func.sum(row.c.base_amount_minor), 0),
        )
        .select_from(model)
        .join(row, row.c.id == model.id)
    )
    sums = (*db.session.execute(standing).one(), *db.session.execute(moving).one())
    amounts, worth_minor, moves, moving_minor, moved_minor = map(int, sums)
    return RateUse(
        kind=model.__tablename__,
        amounts=amounts,
        worth_minor=worth_minor,
        moving=moves,
        moving_minor=moving_minor,
        moved_minor=moved_minor,
    )


def ask_use(currency: str, day: dt.date, *, at: dt.datetime) -> list[RateUse]:
    """Ask every feature what of it stands at the rate of a currency and day."""
    change = RateChange(currency=currency, since=day, corrected=True, at=at)
    return [use for _, use in rates_asked.send(None, change=change)]


def _keep_former(model: Any, found: Select[*tuple[Any, ...]], conversion_id: str) -> None:
    row, columns = found.subquery(), ConvertedRow.__table__.c
    kept = {
        columns.conversion_id: literal(conversion_id, Id),
        columns.kind: literal(model.__tablename__),
        columns.row_id: model.id,
        columns.currency: model.currency,
        columns.former_minor_rate: model.minor_rate,
        columns.former_rate_on: model.rate_on,
        columns.minor_rate: row.c.minor_rate,
        columns.rate_on: row.c.rate_on,
    }
    statement = select(*kept.values()).select_from(model).join(row, row.c.id == model.id)
    db.session.execute(insert(ConvertedRow).from_select(list(kept), statement))


def freeze_rows(
    model: Any, found: Select[*tuple[Any, ...]], change: RateChange, **values: Any
) -> list[str]:
    """Freeze these rows in one statement; return their ids. `values` are set along with it."""
    if change.noted_as is not None:
        _keep_former(model, found, change.noted_as)
    row = found.subquery()
    frozen = db.session.scalars(
        update(model)
        .where(model.id == row.c.id)
        .values(
            waits_for_rate=row.c.minor_rate.is_(None),
            minor_rate=row.c.minor_rate,
            rate_on=row.c.rate_on,
            base_amount_minor=row.c.base_amount_minor,
            version=model.version + 1,
            **values,
        )
        .returning(model.id)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.expire_all()
    return list(frozen)


def tell_change(change: RateChange) -> int:
    """Let every feature freeze its rows; return how many amounts it was."""
    return sum(amounts for _, amounts in rates_changed.send(None, change=change))
