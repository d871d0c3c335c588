"""Who is counted once however often they occur: reps, by how much of full time they work.

Like different customers (`lists.py`), they are no sum of days: SQL says who was active in a piece
of time, and the pieces are put together here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from sys import intern
from typing import Any

from sqlalchemy import String, cast, func, select

from server.identity.models import User
from server.metrics.models import DailyRollup
from server.metrics.rollups.lists import strung
from server.metrics.sql.months import kept_by_month
from server.metrics.sql.reach import Reach, buckets, holder_column, pieces_of, within
from server.metrics.sql.targets import FULL, working_spans
from server.platform.database import db
from shared.time import Period

_ROLLUP = DailyRollup.__table__.c
_DIGITS = 32
_BYTES_OF_A_REP = 100

Reps = frozenset[str]
"""By the digits of their ids."""


def active_rep_days(
    periods: Sequence[Period], reach: Reach
) -> Iterator[tuple[Period, str | None, int]]:
    """Yield the percent-days of reps with a quota who had a visit or a deal event.

    Somebody in full time all through a period adds 100 for each of its days; who joins in it or
    works half the time adds less. Who has no working time then works full time.
    """
    found = kept_by_month(
        "active reps",
        pieces_of(periods),
        reach,
        read=lambda pieces: _active(pieces, reach),
        together=_either,
        weight=lambda reps: _BYTES_OF_A_REP * len(reps),
    )
    holders = dict.fromkeys(holder for of_holders in found.values() for holder in of_holders)
    for period, worth in _worths(periods):
        inside = [
            of_holders
            for piece, of_holders in found.items()
            if period.start <= piece.start and piece.end <= period.end
        ]
        for holder in holders:
            active = _either([each[holder] for each in inside if holder in each])
            yield period, holder, sum(worth.get(rep, 0) for rep in active)


def _active(pieces: Sequence[Period], reach: Reach) -> Mapping[Period, Mapping[str | None, Reps]]:
    """Return who had a visit or a deal event in each piece of time, for each holder."""
    bucket = buckets(pieces)
    group = reach.group(_ROLLUP.rep_id, _ROLLUP.team_id)
    each = (
        select(bucket.c.number, _ROLLUP.rep_id, holder_column(group))
        .join(DailyRollup, within(bucket, _ROLLUP.day))
        .where(_ROLLUP.active == 1, reach.rows(_ROLLUP.rep_id, _ROLLUP.team_id))
        .distinct()
        .subquery()
    )
    found: dict[Period, dict[str | None, Reps]] = defaultdict(dict)
    for line in db.session.execute(
        select(each.c.number, each.c.holder, strung(_digits(each.c.rep_id)).label("reps")).group_by(
            each.c.number, each.c.holder
        )
    ):
        found[pieces[line.number]][line.holder] = _apart(line.reps)
    return found


def _worths(periods: Sequence[Period]) -> Iterator[tuple[Period, Mapping[str, int]]]:
    """Yield for each period how many percent-days it has for each rep with a quota."""
    quota = _apart(
        db.session.scalar(select(strung(_digits(User.id))).where(User.quota_carrying)) or ""
    )
    span = working_spans()
    rows = db.session.execute(
        select(_digits(span.c.rep_id).label("rep"), span.c.percent, span.c.start_on, span.c.end_on)
    )
    spans = [row for row in rows if row.rep in quota]
    for period in periods:
        worth: dict[str, int] = {}
        for rep, percent, start_on, end_on in spans:
            start = max(start_on, period.start)
            end = period.end if end_on is None else min(end_on, period.end)
            if start < end:
                worth[rep] = worth.get(rep, 0) + percent * (end - start).days
        full_time = dict.fromkeys(quota, FULL * period.length_days)
        yield period, full_time | worth


def _digits(id_: Any) -> Any:
    return func.replace(cast(id_, String), "-", "")


def _apart(text: str) -> Reps:
    # The same few reps in every piece: one string of each is enough.
    return frozenset(
        intern(text[start : start + _DIGITS]) for start in range(0, len(text), _DIGITS)
    )


def _either(some: Sequence[Reps]) -> Reps:
    return frozenset[str]().union(*some)
