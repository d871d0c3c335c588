"""Targets for any days: those of whole months, the others by their working days."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import and_, func, or_, select

from server.calendar.models import Holiday
from server.metrics.models import Target
from server.metrics.sql.reach import By, Reach, holder_column
from server.platform.database import db
from shared.money import round_half_up
from shared.time import Period, working_days


def holidays_in(periods: Iterable[Period]) -> frozenset[dt.date]:
    """Return the public holidays of the months that these periods touch."""
    days = [day for period in periods for day in (period.start, period.end)]
    if not days:
        return frozenset()
    first, last = min(days).replace(day=1), max(days) + dt.timedelta(days=31)
    return frozenset(
        db.session.scalars(select(Holiday.day).where(Holiday.day.between(first, last)))
    )


def targets_of_reps(
    metric_key: str, months: Sequence[dt.date], reach: Reach
) -> dict[tuple[str, dt.date], int]:
    """Return the target of each rep and month, as it was set; money in minor units."""
    rows = db.session.execute(
        select(Target.rep_id, Target.month, Target.amount).where(
            Target.metric_key == metric_key,
            Target.month.in_(months),
            Target.rep_id.is_not(None),
            reach.rows(Target.rep_id, Target.team_id),
        )
    )
    return {(str(row.rep_id), row.month): row.amount for row in rows}


def target_sums(
    metric_key: str, periods: Sequence[Period], reach: Reach
) -> dict[tuple[Period, str | None], int]:
    """
    Return the target of a metric for each period and holder.

    A team's target is the one set for the team as a whole, else the sum of its reps'.
    """
    if not periods:
        return {}
    first = min(period.start for period in periods).replace(day=1)
    last = max(period.end for period in periods)
    only_reps = reach.by is By.REP or reach.rep_id is not None
    # What is set for a team as a whole stands for what its reps have.
    own = (
        select(Target.team_id, Target.month)
        .where(
            Target.metric_key == metric_key,
            Target.rep_id.is_(None),
            reach.rows(Target.rep_id, Target.team_id),
        )
        .distinct()
        .subquery()
    )
    group = reach.group(Target.rep_id, Target.team_id)
    rows = db.session.execute(
        select(Target.month, Target.amount, func.count().label("targets"), holder_column(group))
        .outerjoin(own, and_(own.c.team_id == Target.team_id, own.c.month == Target.month))
        .where(
            Target.metric_key == metric_key,
            Target.month >= first,
            Target.month < last,
            reach.rows(Target.rep_id, Target.team_id),
            Target.rep_id.is_not(None)
            if only_reps
            else or_(Target.rep_id.is_(None), own.c.month.is_(None)),
        )
        .group_by(Target.month, Target.amount, *group)
    ).all()
    sums: dict[tuple[Period, str | None], int] = defaultdict(int)
    shares = _shares({row.month for row in rows}, periods)
    for row in rows:
        for period, worked, of_month in shares[row.month]:
            # Each target is rounded on its own; those that are equal are so rounded alike.
            share = Decimal(row.amount) * worked / of_month
            sums[period, row.holder] += row.targets * round_half_up(share)
    return sums


def _shares(
    months: Iterable[dt.date], periods: Sequence[Period]
) -> dict[dt.date, list[tuple[Period, int, int]]]:
    """Return for each month the periods that touch it, and how many of its working days."""
    holidays = holidays_in(periods)
    shares: dict[dt.date, list[tuple[Period, int, int]]] = {}
    for first in months:
        month = Period.month(first.year, first.month)
        of_month = working_days(month, holidays) or 1
        shares[first] = [
            (period, working_days(Period(start, end), holidays), of_month)
            for period in periods
            if (start := max(month.start, period.start)) < (end := min(month.end, period.end))
        ]
    return shares
