"""Different customers, counted from lists of their numbers.

SQL strings the lists of all days of a piece of time together; here they are taken apart into
arrays, where `numbered.py` counts a million numbers in milliseconds.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, func, literal, select

from server.metrics.models import AssignedListRollup, CustomerListRollup, TeamListRollup
from server.metrics.rollups.assigned import DAY_0, FOR_EVER
from server.metrics.rollups.lists import strung
from server.metrics.sql.asked import ask_pieces, ask_whose
from server.metrics.sql.cache import WHO_HAS_WHOM, cached
from server.metrics.sql.months import kept_by_month
from server.metrics.sql.numbered import (
    ASSIGNED,
    BOUGHT,
    FREQUENCY,
    VISITED,
    Holder,
    Lists,
    Spans,
    year_before,
)
from server.metrics.sql.periods import Periods, in_pieces, pieces_of
from server.metrics.sql.reach import By, Reach, Sums, holder_column
from server.metrics.sql.teams import group_of, may_hold, rows_of
from server.platform.organisation import read_work_rules
from server.platform.sql import days_between
from server.teams.models import TeamMembership
from shared.metrics import measures as m
from shared.metrics.formula import Measure
from shared.time import Period
from shared.vocabulary import Role
from shared.working import USUAL_VISITS

Found = Iterator[tuple[Period, str | None, Mapping[str, Decimal | None]]]
_What = tuple[bool, bool]
"""Whether lists of customers visited are wanted, and of those who bought."""

_VISIT = np.dtype([("code", ">u4"), ("calls", "u1")])
_CODE = np.dtype(">u4")
_ASSIGNED = np.dtype([("code", ">u4"), ("start", ">u4"), ("end", ">u4")])


def customer_counts(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> Found:
    """Return how many different customers were visited, bought, are assigned or due."""
    wanted = set(measures)
    looked_at = {period: period for period in periods}
    if m.RETURNING_OUTLETS in wanted:
        looked_at |= {year_before(period): period for period in periods}
    lists = _kept_lists(looked_at, reach, wanted) if wanted - {m.CUSTOMERS_ASSIGNED} else {}
    spans = _kept_spans(reach) if wanted & ASSIGNED else {}
    visits = read_work_rules().visits if wanted & FREQUENCY else USUAL_VISITS
    for holder in lists.keys() | spans.keys():
        customers = Holder(lists.get(holder, {}), spans.get(holder), wanted, visits)
        for period in periods:
            counted = customers.count(period)
            yield (
                period,
                holder,
                {each.key: Decimal(counted.get(each, 0)) for each in measures},
            )


def _kept_lists(
    periods: Collection[Period], reach: Reach, wanted: Collection[Measure]
) -> Mapping[str | None, Mapping[Period, Lists]]:
    """Return the lists of each holder for all pieces into which the periods cut the time."""
    visited, bought = bool(set(wanted) & (VISITED | FREQUENCY)), bool(set(wanted) & BOUGHT)
    found = kept_by_month(
        ("lists", visited, bought),
        pieces_of(periods),
        reach,
        read=lambda pieces: _lists((visited, bought), pieces, reach),
        weight=Lists.bytes,
    )
    holders = dict.fromkeys(holder for of_holders in found.values() for holder in of_holders)
    return {
        holder: {piece: each[holder] for piece, each in found.items() if holder in each}
        for holder in holders
    }


def _lists(
    what: _What, pieces: Sequence[Period], reach: Reach
) -> Mapping[Period, Mapping[str | None, Lists]]:
    """Return the lists of each holder for pieces of time that do not overlap."""
    found: dict[Period, dict[str | None, Lists]] = defaultdict(dict)
    for piece, holder, (visited, bought, new) in ask_pieces(strung_lists, what, pieces, reach):
        visits = _array(visited, _VISIT)
        found[piece][holder] = Lists(
            visits["code"].astype(np.uint32),
            visits["calls"],
            _array(bought, _CODE).astype(np.uint32),
            int(new),
        )
    return found


def strung_lists(what: _What, pieces: Periods, reach: Reach) -> Sums:
    """Return the lists of all days of a piece of time as one text, for each holder."""
    visited, bought = what
    row = rows_of(
        reach,
        reps=CustomerListRollup.__table__,
        teams=TeamListRollup.__table__,
        columns=("visited", "bought", "new_customers"),
    )
    nothing = literal("")
    return in_pieces(row, pieces).sums_by(
        group_of(reach, row),
        strung(row.c.visited if visited else nothing).label("visited"),
        strung(row.c.bought if bought else nothing).label("bought"),
        func.sum(row.c.new_customers).label("new_customers"),
    )


def _kept_spans(reach: Reach) -> Mapping[str | None, Spans]:
    """Return the customers assigned to each holder: read again only when some of that changed.

    Visits and orders, which come every second, do not.
    """
    whose = reach.access, reach.rep_id, reach.rep_ids, reach.team_ids, reach.by
    return cached(("spans", *whose), lambda: _spans(reach), of=WHO_HAS_WHOM)


def _spans(reach: Reach) -> Mapping[str | None, Spans]:
    """Return the customers assigned to each holder, whenever that was."""
    needs_team = reach.by is By.TEAM or reach.team_ids is not None
    if needs_team or reach.access.role is Role.MANAGER:
        found: dict[str | None, list[Spans]] = defaultdict(list)
        for rep_id, team_id, spans in _spans_in_teams(reach):
            holders: dict[By | None, str | None] = {By.REP: rep_id, By.TEAM: team_id}
            found[holders.get(reach.by)].append(spans)
        return {holder: Spans.in_order(some) for holder, some in found.items()}
    rows = ask_whose(_assigned_lists, None, reach)
    return {holder: Spans.in_order([_spans_in(customers)]) for holder, customers in rows}


def _assigned_lists(_: None, reach: Reach) -> Select[*tuple[Any, ...]]:
    row = AssignedListRollup
    group = reach.group(row.rep_id, None)
    return (
        select(holder_column(group), strung(row.customers).label("customers"))
        .where(reach.of_people(row.rep_id, None))
        .group_by(*group)
    )


def _spans_in_teams(reach: Reach) -> Iterator[tuple[str, str | None, Spans]]:
    """Yield what each rep had while in a team, and what in none, as far as it is asked for."""
    lists = ask_whose(_lists_of_reps, None, reach)
    had = {rep_id: _spans_in(customers) for rep_id, customers in lists}
    times: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for rep_id, team_id, start, end in ask_whose(_times_in_teams, None, reach):
        times[rep_id].append((team_id, start, end))
    for rep_id, spans in had.items():
        for team_id, start, end in times[rep_id]:
            if reach.is_about(rep_id, team_id):
                yield rep_id, team_id, spans.during(start, end)
        if reach.is_about(rep_id, None):
            yield rep_id, None, spans.outside([(start, end) for _, start, end in times[rep_id]])


def _lists_of_reps(_: None, reach: Reach) -> Select[*tuple[Any, ...]]:
    row = AssignedListRollup
    return select(row.rep_id, row.customers).where(may_hold(reach, row.rep_id))


def _times_in_teams(_: None, reach: Reach) -> Select[*tuple[Any, ...]]:
    member = TeamMembership
    return select(
        member.user_id,
        member.team_id,
        days_between(literal(DAY_0), member.start_on).label("start"),
        func.coalesce(days_between(literal(DAY_0), member.end_on), FOR_EVER).label("end"),
    ).where(may_hold(reach, member.user_id))


def _spans_in(customers: str | None) -> Spans:
    found = _array(customers, _ASSIGNED)
    return Spans(
        found["code"].astype(np.uint32),
        found["start"].astype(np.int64),
        found["end"].astype(np.int64),
    )


def _array(text: str | None, kind: np.dtype[Any]) -> NDArray[Any]:
    return np.frombuffer(bytes.fromhex(text or ""), kind)
