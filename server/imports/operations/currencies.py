"""Importing exchange rates, and putting imported amounts into the reporting currency."""

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar, cast

from sqlalchemy import Table

from server.currencies.models import ExchangeRate
from server.currencies.operations.freezing import UnknownCurrencyError, frozen_columns
from server.currencies.operations.rates import (
    HIGHEST,
    LOWEST,
    MOST_DECIMALS,
    NEIGHBOUR_DAYS,
    OwnCurrencyError,
    RateDayError,
    check_currency,
    check_day,
    is_far_off,
    tell_arrived,
)
from server.currencies.queries import Frozen, load_rates, rates_around, rates_of_days
from server.imports.operations import values
from server.imports.operations.context import Entity, Record, RefusedError, Run
from server.imports.operations.plan import Plan
from server.imports.operations.report import Outcome
from server.imports.operations.rows import catch_refusals, write_rows
from server.imports.operations.values import BadValueError, Field, Formats
from server.platform import audit
from server.platform.access import SYSTEM
from server.platform.reporting import reporting
from shared.money import minor_rate
from shared.sync.ids import new_id

_RATES = cast("Table", ExchangeRate.__table__)
P = TypeVar("P", bound=Plan)
_AWAY = [away for away in range(-NEIGHBOUR_DAYS, NEIGHBOUR_DAYS + 1) if away]


def _load_rates(records: Sequence[Record], run: Run) -> None:
    plans = catch_refusals(run, records, _plan_rate)
    keys = {_key(plan) for plan in plans}
    existing = rates_of_days(keys, access=run.access)
    known = rates_around(keys, days=NEIGHBOUR_DAYS, access=run.access)
    kept = []
    for plan in plans:
        plan.before = existing.get(_key(plan))
        plan.id = plan.before["id"] if plan.before else new_id()
        currency, day = _key(plan)
        around = known.setdefault(currency, {})
        if _is_far_off(plan.values["rate"], day, around):
            run.refuse(plan.record, "rate", "rate_far_off")
            continue
        around[day] = plan.values["rate"]
        kept.append(plan)
        run.counts.count(plan.outcome)
    write_rows(_RATES, kept, run)
    if run.dry_run:
        return
    arrived: dict[str, dt.date] = {}
    for plan in kept:
        currency, day = _key(plan)
        if plan.outcome is Outcome.CREATED:
            arrived[currency] = min(day, arrived.get(currency, day))
        elif plan.outcome is Outcome.UPDATED:
            _note_correction(plan, run)
    tell_arrived(arrived, at=run.at)


def freeze(
    plans: Sequence[P],
    run: Run,
    *,
    day: Callable[[dict[str, Any]], dt.date | None],
    amounts: Callable[[P], Sequence[int]],
) -> None:
    """
    Put amounts into the reporting currency, at the rate they were frozen at where the day stays.

    :param day: of a row as it is or will be, whose rate counts
    :param amounts: what is rounded by itself
    """
    rates = load_rates(
        {plan.values["currency"] for plan in plans},
        reporting_currency=run.reporting_currency,
        max_age_days=reporting().max_age_days,
    )
    for plan in plans:
        currency, of_day, before = plan.values["currency"], day(plan.values), plan.before
        rate = None if of_day is None else rates.on(currency, of_day)
        if (
            before is not None
            and before["rate_on"] is not None
            and (before["currency"], day(before)) == (currency, of_day)
        ):
            rate = Frozen(before["minor_rate"], before["rate_on"])
        plan.values |= frozen_columns(amounts(plan), rate)


def _key(plan: Plan) -> tuple[str, dt.date]:
    return plan.values["currency"], plan.values["day"]


def _is_far_off(rate: Decimal, day: dt.date, around: dict[dt.date, Decimal]) -> bool:
    days = (day + dt.timedelta(days=away) for away in _AWAY)
    return any(is_far_off(rate, around[each]) for each in days if each in around)


def _note_correction(plan: Plan, run: Run) -> None:
    assert plan.before is not None
    currency, day = _key(plan)
    audit.record(
        action="rate.correct",
        at=run.at,
        user_id=run.access.user_id,
        subject=f"{currency} {day.isoformat()}",
        changes={name: [str(plan.before[name]), str(to)] for name, to in plan.changed.items()},
    )


def _plan_rate(record: Record, run: Run) -> Plan:
    given = record.values
    currency, day = given["currency"].upper(), given["day"]
    try:
        check_currency(currency, reporting_currency=run.reporting_currency)
        check_day(day, today=run.today)
    except UnknownCurrencyError as error:
        raise RefusedError("currency", "unknown_currency") from error
    except OwnCurrencyError as error:
        raise RefusedError("currency", "own_currency") from error
    except RateDayError as error:
        is_ahead = day > run.today
        raise RefusedError("day", "day_in_future" if is_ahead else "day_out_of_range") from error
    row: dict[str, Any] = {
        "currency": currency,
        "day": day,
        "rate": given["rate"],
        "minor_rate": minor_rate(
            given["rate"], currency=currency, reporting_currency=run.reporting_currency
        ),
    }
    if "source" in given:
        row["source"] = given["source"]
    by = None if run.access == SYSTEM else run.access.user_id
    for_new = {"source": "", "entered_by": by, "entered_at": run.at}
    return Plan(record, row, for_new=for_new)


def _rate(raw: str, formats: Formats) -> Decimal:
    """Return a rate: a positive number with at most ten decimals."""
    value = values.number(raw, formats)
    if value < LOWEST:
        raise BadValueError("too_small")
    if value >= HIGHEST:
        raise BadValueError("too_large")
    value = value.normalize()
    if -int(value.as_tuple().exponent) > MOST_DECIMALS:
        raise BadValueError("too_many_decimals")
    return value


RATE = Entity(
    fields={
        "currency": Field(values.text(3), required=True),
        "day": Field(values.day, required=True),
        "rate": Field(_rate, required=True),
        "source": Field(values.text(120)),
    },
    key=("currency", "day"),
    load=_load_rates,
)
