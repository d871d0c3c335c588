"""Setting what a kilometre costs."""

import datetime as dt

from sqlalchemy import func, select, true, union

from server.expenses.models import Expense
from server.metrics.models import KilometreRate, TravelFact
from server.metrics.operations.days import mark_stale
from server.platform import audit
from server.platform.database import db
from server.platform.errors import ProblemError
from shared.i18n import N_

_HIGHEST_RATE_MINOR = 10**9


class RateError(ProblemError):
    """A kilometre cannot cost this much."""

    code = "kilometre_rate.out_of_range"
    status = 422
    title = N_("A rate per kilometre is zero or more, and not that high.")


def set_kilometre_rate(*, start_on: dt.date, rate_minor: int, at: dt.datetime, by: str) -> None:
    """
    Set what a kilometre costs from a day on; days before it keep their rate.

    :param rate_minor: minor units of the reporting currency
    :raises RateError: if the rate is negative or absurd
    """
    if not 0 <= rate_minor <= _HIGHEST_RATE_MINOR:
        raise RateError
    rate = db.session.get(KilometreRate, start_on)
    if rate is None:
        rate = KilometreRate(start_on=start_on)
        db.session.add(rate)
    rate.rate_minor = rate_minor
    audit.record(
        action="kilometre_rate.set", at=at, user_id=by, subject=str(start_on), rate_minor=rate_minor
    )
    db.session.flush()
    until = db.session.scalar(
        select(func.min(KilometreRate.start_on)).where(KilometreRate.start_on > start_on)
    )
    days = union(
        *(
            select(source.rep_id, source.day).where(
                source.day >= start_on, true() if until is None else source.day < until
            )
            for source in (TravelFact, Expense)
        )
    )
    mark_stale({(row.rep_id, row.day) for row in db.session.execute(days)})
