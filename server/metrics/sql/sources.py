"""Closed deals by lead source: those with one are summed, the rest is what is left of the days.

Most deals are orders that came from no lead, hundreds of thousands in a quarter; and what all deals
come to is summed up by day and team already.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Select, func, literal, or_, select, union_all

from server.metrics.models import DailyRollup, TeamDayRollup
from server.metrics.sql.periods import Periods, buckets, within
from server.metrics.sql.reach import Reach, Sums
from server.metrics.sql.teams import rows_of
from shared.metrics import measures as m
from shared.metrics.formula import Measure

_NO_SOURCE = literal("")


def with_the_rest(
    sums_of: Callable[[Sequence[Measure]], Sums],
    measures: Sequence[Measure],
    periods: Periods,
    reach: Reach,
) -> Sums:
    """
    Return sums over closed deals by lead source, with those of the deals without one.

    In one statement, so that what is taken away is part of what it is taken from.

    :param sums_of: gives the sums of the deals with a source, by period and source
    """
    counted = tuple(dict.fromkeys([*measures, m.WON_DEALS]))
    keys = [measure.key for measure in counted]
    known = sums_of(counted).cte()
    row = union_all(
        _of_all(counted, periods, reach),
        select(known.c.number, *(-known.c[key] for key in keys)),
    ).subquery()
    left = [func.sum(row.c[key]) for key in keys]
    rest = (
        select(row.c.number, _NO_SOURCE, *left[: len(measures)])
        .group_by(row.c.number)
        # Where all deals have a source, there are none without.
        .having(or_(*(each != 0 for each in left)))
    )
    asked = (known.c[measure.key] for measure in measures)
    found = union_all(select(known.c.number, known.c.holder, *asked), rest).subquery()
    return select(found)


def _of_all(
    measures: Sequence[Measure], periods: Periods, reach: Reach
) -> Select[*tuple[object, ...]]:
    bucket = buckets(periods)
    row = rows_of(
        replace(reach, by=None),
        reps=DailyRollup.__table__,
        teams=TeamDayRollup.__table__,
        columns=[measure.column for measure in measures],
    )
    sums = (func.sum(row.c[measure.column]).label(measure.key) for measure in measures)
    return (
        select(bucket.c.number, *sums)
        .join(row, within(bucket, row.c.day, bounded=True))
        .group_by(bucket.c.number)
    )
