"""What the office counts of the rep, beside what the phone counts, and why they may differ."""

import datetime as dt
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mobile.storage import device, figures
from mobile.storage.device import DeviceState
from shared.metrics.definition import Metric, MetricValue
from shared.metrics.own import OwnFigure
from shared.time import Period, business_day


class Cause(StrEnum):
    """Why the office may have another number; the first that is so."""

    DEFINITION = "definition"
    """It counts by another version of the definition."""
    CURRENCY = "currency"
    """It counts in another currency by now."""
    WAITING = "waiting"
    """Something was not sent yet."""
    SENT_SINCE = "sent_since"
    """Something was sent after the moment its number is of."""
    EARLIER_DAY = "earlier_day"
    """Its number is of a day before today."""
    ELSEWHERE = "elsewhere"
    """Something was entered or changed in the office."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeNumber:
    """The office's value of a metric."""

    figure: OwnFigure
    cause: Cause | None
    """Why it may differ from the phone's; None where it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The office's numbers of a month."""

    as_of: dt.datetime
    currency: str
    figures: Mapping[str, OwnFigure]
    sent_at: dt.datetime | None
    """When the office last took something since then."""
    common: Cause
    """Why any of them may differ."""
    is_same_currency: bool

    def beside(self, metric: Metric, value: MetricValue) -> OfficeNumber | None:
        """Return the office's value of a metric, compared with the phone's; None if it has none."""
        figure = self.figures.get(metric.key)
        if figure is None:
            return None
        if figure.value == value.value:
            cause = None
        elif (figure.version, figure.unit) != (metric.version, metric.unit):
            cause = Cause.DEFINITION
        elif not self.is_same_currency:
            cause = Cause.CURRENCY
        else:
            cause = self.common
        return OfficeNumber(figure=figure, cause=cause)


def office_numbers(
    connection: sqlite3.Connection,
    period: Period,
    *,
    state: DeviceState,
    today: dt.date,
    waiting: int,
) -> Office | None:
    """
    Return what the office counts in a period; None unless it is a month of which it has told.

    :param waiting: changes that were not sent yet
    """
    found = figures.of_month(connection, period.start) if period.whole_months == 1 else None
    if found is None:
        return None
    as_of = device.from_ms(found.as_of_ms)
    sent_ms = figures.sent_after(connection, found.as_of_ms)
    if waiting:
        common = Cause.WAITING
    elif sent_ms is not None:
        common = Cause.SENT_SINCE
    elif business_day(as_of, state.time_zone) < today and today in period:
        common = Cause.EARLIER_DAY
    else:
        common = Cause.ELSEWHERE
    return Office(
        as_of=as_of,
        currency=found.currency,
        figures=found.figures,
        sent_at=None if sent_ms is None else device.from_ms(sent_ms),
        common=common,
        is_same_currency=found.currency == state.currency,
    )
