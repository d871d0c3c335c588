"""Who is counted once however often they occur: reps, by how much of full time they work.

Like different customers (`lists.py`), they are no sum of days: SQL says who was active in a piece
of time, and the pieces are put together here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from struct import unpack
from typing import Any

from sqlalchemy import Select, String, cast, func, select

from server.identity.models import User
from server.metrics.models import DailyRollup
from server.metrics.rollups.lists import strung
from server.metrics.sql.asked import ask_pieces
from server.metrics.sql.months import inside, kept_by_month
from server.metrics.sql.periods import Periods, in_pieces, pieces_of
from server.metrics.sql.reach import Reach, Sums, holder_column
from server.metrics.sql.targets import FULL, working_spans
from server.platform.prepared import Prepared
from shared.time import Period

_ROLLUP = DailyRollup.__table__.c
_DIGITS = 32
_BYTES_OF_A_REP = 100

Reps = frozenset[bytes]
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
        weight=lambda reps: _BYTES_OF_A_REP * len(reps),
    )
    holders = dict.fromkeys(holder for of_holders in found.values() for holder in of_holders)
    quota = _apart(_QUOTA.scalar() or "")
    for period, worth in _worths(periods):
        full = FULL * period.length_days
        some = inside(period, found)
        for holder in holders:
            active = quota & _either([each[holder] for each in some if holder in each])
            less = sum(full - worth[rep] for rep in active & worth.keys())
            yield period, holder, full * len(active) - less


def _active(pieces: Sequence[Period], reach: Reach) -> Mapping[Period, Mapping[str | None, Reps]]:
    """Return who had a visit or a deal event in each piece of time, for each holder."""
    found: dict[Period, dict[str | None, Reps]] = defaultdict(dict)
    for piece, holder, (reps,) in ask_pieces(active_reps, None, pieces, reach):
        found[piece][holder] = _apart(reps)
    return found


def active_reps(_: None, pieces: Periods, reach: Reach) -> Sums:
    """Return the ids of those who had a visit or a deal event as one text, for each holder."""
    counted = in_pieces(DailyRollup.__table__, pieces)
    group = reach.group(_ROLLUP.rep_id, _ROLLUP.team_id)
    each = (
        select(counted.number.label("number"), _ROLLUP.rep_id, holder_column(group))
        .select_from(counted.rows)
        .where(
            counted.condition,
            _ROLLUP.active == 1,
            reach.rows(_ROLLUP.rep_id, _ROLLUP.team_id),
        )
        .distinct()
        .subquery()
    )
    return select(
        each.c.number, each.c.holder, strung(_digits(each.c.rep_id)).label("reps")
    ).group_by(each.c.number, each.c.holder)


def _worths(periods: Sequence[Period]) -> Iterator[tuple[Period, Mapping[bytes, int]]]:
    """Yield for each period how many percent-days it has for each rep with a working time then.

    But for reps who work full time through all of them: nothing tells them from who has none.
    """
    first = min(period.start for period in periods)
    last = max(period.end for period in periods)
    spans = [
        (rep.encode(), percent, start_on, end_on)
        for rep, percent, start_on, end_on in _SPANS.rows()
        if percent != FULL or start_on > first or (end_on is not None and end_on < last)
    ]
    for period in periods:
        worth: dict[bytes, int] = {}
        for rep, percent, start_on, end_on in spans:
            start = max(start_on, period.start)
            end = period.end if end_on is None else min(end_on, period.end)
            if start < end:
                worth[rep] = worth.get(rep, 0) + percent * (end - start).days
        yield period, worth


def _digits(id_: Any) -> Any:
    return func.replace(cast(id_, String), "-", "")


def _spans() -> Select[*tuple[Any, ...]]:
    span = working_spans()
    return select(_digits(span.c.rep_id), span.c.percent, span.c.start_on, span.c.end_on)


_QUOTA = Prepared(lambda: select(strung(_digits(User.id))).where(User.quota_carrying))
_SPANS = Prepared(_spans)


def _apart(text: str) -> Reps:
    return frozenset(unpack(f"{_DIGITS}s" * (len(text) // _DIGITS), text.encode()))


def _either(some: Sequence[Reps]) -> Reps:
    return frozenset[bytes]().union(*some)
