"""Different customers, counted from lists of their numbers.

SQL strings the lists of all days of a piece of time together; here they are taken apart into
arrays, where a million numbers are counted in milliseconds. That a customer occurs on several days
or with several reps of the same holder then does not matter.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    join,
    literal,
    or_,
    select,
    union_all,
)

from server.customers.models import Customer, CustomerAssignment, PastCustomerClass
from server.metrics.models import CustomerListRollup, CustomerNumber, TeamListRollup
from server.metrics.rollups.counting import one_if
from server.metrics.rollups.lists import CLASSES, customer_code, hex_digits, strung
from server.metrics.sql.reach import (
    By,
    Reach,
    buckets,
    holder_column,
    pieces_of,
    within,
)
from server.metrics.sql.teams import group_of, rows_of
from server.platform.database import db
from server.platform.sql import days_between
from server.teams.models import TeamMembership
from shared.metrics import measures as m
from shared.metrics.formula import Measure
from shared.time import Period, add_months
from shared.vocabulary import CustomerClass, Role

Numbers = NDArray[np.integer[Any]]
Found = Iterator[tuple[Period, str | None, Mapping[str, Decimal | None]]]

VISITED = frozenset(
    {m.CUSTOMERS_VISITED, m.ASSIGNED_CUSTOMERS_VISITED, m.VERIFIED_CUSTOMERS_VISITED}
)
FREQUENCY = frozenset({m.DUE_VISITS, m.DUE_VISITS_MADE})
ASSIGNED = FREQUENCY | {m.CUSTOMERS_ASSIGNED}
BOUGHT = frozenset({m.ACTIVE_OUTLETS, m.RETURNING_OUTLETS})
MEASURES = VISITED | ASSIGNED | BOUGHT | {m.NEW_CUSTOMERS}
"""What can be counted here."""

_WEEKS_OF_A_VISIT = {CustomerClass.A: 1, CustomerClass.B: 2, CustomerClass.C: 4}
_ASSIGNED_BIT, _INSIDE_BIT = 1, 2
_DELETED_BIT = 1
_CODE_BITS = 4
_FEW = 20_000
_DAY_0 = dt.date(1900, 1, 1)
_FOR_EVER = 2**31 - 1
_VISIT = np.dtype([("code", ">u4"), ("calls", "u1")])
_SPAN = np.dtype([("code", ">u4"), ("start", ">u4"), ("end", ">u4")])
_UNNUMBERED = np.dtype([("id", "V16"), *((name, ">u4") for name in ("code", "start", "end"))])


@dataclass(frozen=True)
class _Lists:
    """What a holder did in some time: customers by their codes, once for each rep-day."""

    visited: Numbers
    calls: NDArray[np.uint8]
    bought: Numbers
    new_customers: int


_NOTHING = _Lists(np.empty(0, np.uint32), np.empty(0, np.uint8), np.empty(0, np.uint32), 0)


@dataclass(frozen=True)
class _Spans:
    """The customers assigned to a holder, each with the first day and the day after the last."""

    code: Numbers
    start: Numbers
    end: Numbers

    def codes(self, period: Period) -> Numbers:
        """Return the customers assigned at any time of the period."""
        start, end = ((day - _DAY_0).days for day in (period.start, period.end))
        return self.code[(self.start < end) & (self.end > start)]

    @classmethod
    def in_order(cls, code: Numbers, start: Numbers, end: Numbers) -> "_Spans":
        """Return them by their first day: where a customer comes again, the latest is last."""
        order = np.argsort(start, kind="stable")
        return cls(code[order], start[order], end[order])


def customer_counts(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> Found:
    """Return how many different customers were visited, bought, are assigned or due."""
    wanted = set(measures)
    looked_at = {period: period for period in periods}
    if m.RETURNING_OUTLETS in wanted:
        looked_at |= {_year_before(period): period for period in periods}
    lists = _lists(looked_at, reach, wanted) if wanted - {m.CUSTOMERS_ASSIGNED} else {}
    spans = _spans(reach) if wanted & ASSIGNED else {}
    for holder in lists.keys() | spans.keys():
        pieces = lists.get(holder, {})
        assigned = spans.get(holder)
        for period in periods:
            now = _together(pieces, period)
            counted: dict[Measure, int] = {}
            if wanted & VISITED:
                counted |= _visited(now)
            if wanted & BOUGHT:
                counted[m.ACTIVE_OUTLETS] = _different(_numbers(now.bought))
            if m.RETURNING_OUTLETS in wanted:
                before = _together(pieces, _year_before(period))
                counted[m.RETURNING_OUTLETS] = _in_both(now.bought, before.bought)
            counted[m.NEW_CUSTOMERS] = now.new_customers
            if assigned is not None:
                codes = assigned.codes(period)
                counted[m.CUSTOMERS_ASSIGNED] = _different(_numbers(codes))
                # In less than a week nothing is due.
                if wanted & FREQUENCY and period.length_days >= 7:
                    counted |= _frequency(now, codes, period.length_days // 7)
            yield (
                period,
                holder,
                {each.key: Decimal(counted.get(each, 0)) for each in measures},
            )


def _year_before(period: Period) -> Period:
    return Period(add_months(period.start, -12), period.start)


def _visited(now: _Lists) -> dict[Measure, int]:
    assigned = now.visited & _ASSIGNED_BIT != 0
    inside = now.visited & _INSIDE_BIT != 0
    numbers = _numbers(now.visited)
    return {
        m.CUSTOMERS_VISITED: _different(numbers),
        m.ASSIGNED_CUSTOMERS_VISITED: _different(numbers[assigned]),
        m.VERIFIED_CUSTOMERS_VISITED: _different(numbers[assigned & inside]),
    }


def _frequency(now: _Lists, codes: Numbers, weeks: int) -> dict[Measure, int]:
    """
    Return the visits due to the assigned customers, and those made of them.

    Due is one in each full week of the period for class A, in each full fortnight for B, in each
    full four weeks for C. Visits beyond what is due do not count: over-visiting one customer
    hides no miss at another.
    """
    codes = codes[codes & _DELETED_BIT == 0]
    due_by_class = np.array([weeks // _WEEKS_OF_A_VISIT[each] for each in CLASSES])
    number, size = _dense(np.concatenate([_numbers(codes), _numbers(now.visited)]))
    due = np.zeros(size, np.int64)
    due[number[: codes.size]] = due_by_class[(codes >> 2) & 3]
    calls = np.bincount(number[codes.size :], weights=now.calls, minlength=size)
    return {
        m.DUE_VISITS: int(due.sum()),
        m.DUE_VISITS_MADE: int(np.minimum(due, calls.astype(np.int64)).sum()),
    }


def _numbers(codes: Numbers) -> Numbers:
    return codes >> _CODE_BITS


def _different(numbers: Numbers) -> int:
    if numbers.size < _FEW:
        return int(np.unique(numbers).size)
    marks = np.zeros(int(numbers.max()) + 1, bool)
    marks[numbers] = True
    return int(np.count_nonzero(marks))


def _in_both(some: Numbers, others: Numbers) -> int:
    numbers, size = _dense(np.concatenate([_numbers(some), _numbers(others)]))
    marks = np.zeros((2, size), bool)
    marks[0, numbers[: some.size]] = True
    marks[1, numbers[some.size :]] = True
    return int(np.count_nonzero(marks[0] & marks[1]))


def _dense(numbers: Numbers) -> tuple[NDArray[Any], int]:
    """Return numbers from 0 on that tell the same customers apart, and how many there can be."""
    if numbers.size >= _FEW:
        return numbers, int(numbers.max()) + 1
    different, place = np.unique(numbers, return_inverse=True)
    return place, different.size


def _together(pieces: Mapping[Period, _Lists], period: Period) -> _Lists:
    inside = [
        lists
        for piece, lists in pieces.items()
        if piece.start >= period.start and piece.end <= period.end
    ]
    if len(inside) < 2:
        return inside[0] if inside else _NOTHING
    return _Lists(
        np.concatenate([each.visited for each in inside]),
        np.concatenate([each.calls for each in inside]),
        np.concatenate([each.bought for each in inside]),
        sum(each.new_customers for each in inside),
    )


def _lists(
    periods: Collection[Period], reach: Reach, wanted: Collection[Measure]
) -> Mapping[str | None, Mapping[Period, _Lists]]:
    """Return the lists of each holder for all pieces into which the periods cut the time."""
    pieces = pieces_of(periods)
    row = rows_of(
        reach,
        reps=CustomerListRollup.__table__,
        teams=TeamListRollup.__table__,
        columns=("visited", "bought", "new_customers"),
    )
    bucket = buckets(pieces)
    group = group_of(reach, row)
    nothing = literal("")
    visited = row.c.visited if set(wanted) & (VISITED | FREQUENCY) else nothing
    bought = row.c.bought if set(wanted) & BOUGHT else nothing
    statement = (
        select(
            bucket.c.number,
            holder_column(group),
            strung(visited).label("visited"),
            strung(bought).label("bought"),
            func.sum(row.c.new_customers).label("new_customers"),
        )
        .join(row, within(bucket, row.c.day))
        .group_by(bucket.c.number, *group)
    )
    found: dict[str | None, dict[Period, _Lists]] = defaultdict(dict)
    for line in db.session.execute(statement):
        visits = _array(line.visited, _VISIT)
        found[line.holder][pieces[line.number]] = _Lists(
            visits["code"].astype(np.uint32),
            visits["calls"],
            _array(line.bought, np.dtype(">u4")).astype(np.uint32),
            int(line.new_customers),
        )
    return found


def _spans(reach: Reach) -> Mapping[str | None, _Spans]:
    """Return the customers assigned to each holder, whenever that was."""
    parts = [_span_rows(reach, _present_class()), _span_rows(reach, PastCustomerClass.__table__)]
    row = union_all(*parts).subquery()
    number = CustomerNumber.number
    code = customer_code(func.coalesce(number, 0), row.c.customer_class)
    span = (
        hex_digits(code + row.c.deleted, 8)
        + hex_digits(days_between(literal(_DAY_0), row.c.start), 8)
        + hex_digits(func.coalesce(days_between(literal(_DAY_0), row.c.end), _FOR_EVER), 8)
    )
    id_ = func.replace(cast(row.c.customer_id, String), "-", "")
    statement = (
        select(
            row.c.holder,
            strung(case((number.is_not(None), span))).label("numbered"),
            strung(case((number.is_(None), id_ + span))).label("unnumbered"),
        )
        .outerjoin(CustomerNumber, CustomerNumber.customer_id == row.c.customer_id)
        .where(row.c.end.is_(None) | (row.c.start < row.c.end))
        .group_by(row.c.holder)
    )
    given = _Given()
    return {
        line.holder: given.spans(line.numbered, line.unnumbered)
        for line in db.session.execute(statement)
        if line.numbered or line.unnumbered
    }


def _span_rows(reach: Reach, tenure: Any) -> Select[*tuple[Any, ...]]:
    """Return who had which customer, for as long as it had the class of these tenures."""
    assigned, member = CustomerAssignment, TeamMembership
    start: Any = assigned.start_on
    end: Any = assigned.end_on
    group = reach.group(assigned.rep_id, member.team_id)
    joined: Any = join(assigned, Customer, Customer.id == assigned.customer_id)
    needs_team = reach.by is By.TEAM or reach.team_ids is not None
    if needs_team or reach.access.role is Role.MANAGER:
        # A team has the customer while its rep has and while the rep is in the team.
        start, end = _later(start, member.start_on), _earlier(end, member.end_on)
        joined = joined.outerjoin(
            member,
            and_(
                member.user_id == assigned.rep_id,
                or_(member.end_on.is_(None), member.end_on > assigned.start_on),
                or_(assigned.end_on.is_(None), assigned.end_on > member.start_on),
            ),
        )
        rows = reach.rows(assigned.rep_id, member.team_id)
    else:
        rows = reach.rows(assigned.rep_id, None)
    # A customer whose class changed comes once with each class; the latest one counts.
    is_present = tenure is not PastCustomerClass.__table__
    joined = joined.join(tenure, tenure.c.customer_id == assigned.customer_id, isouter=is_present)
    if is_present:
        start, customer_class = _later(start, tenure.c.start_on), Customer.customer_class
    else:
        start, customer_class = _later(start, tenure.c.start_on), tenure.c.customer_class
        end = _earlier(end, tenure.c.end_on)
    return (
        select(
            holder_column(group),
            assigned.customer_id,
            customer_class.label("customer_class"),
            one_if(Customer.deleted_at.is_not(None)).label("deleted"),
            start.label("start"),
            end.label("end"),
        )
        .select_from(joined)
        .where(rows)
    )


def _present_class() -> Subquery:
    """Return since when each customer has its present class, where it had another before."""
    past = PastCustomerClass
    return (
        select(past.customer_id, func.max(past.end_on).label("start_on"))
        .group_by(past.customer_id)
        .subquery()
    )


def _later(day: Any, other: Any) -> Any:
    return case((other > day, other), else_=day)


def _earlier(day: Any, other: Any) -> Any:
    """Return the earlier of two ends, of which either may be open."""
    return case((day.is_(None) | (other < day), other), else_=day)


class _Given:
    """Numbers for customers that nobody has visited or sold to yet, beyond those there are."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}

    def spans(self, numbered: str | None, unnumbered: str | None) -> _Spans:
        """Return what the two texts of a holder say."""
        known = _array(numbered, _SPAN)
        new = _array(unnumbered, _UNNUMBERED)
        code = new["code"].astype(np.uint32)
        for place, id_ in enumerate(new["id"]):
            code[place] |= self._number(id_.tobytes()) << _CODE_BITS
        return _Spans.in_order(
            np.concatenate([known["code"], code]).astype(np.uint32),
            np.concatenate([known["start"], new["start"]]).astype(np.uint32),
            np.concatenate([known["end"], new["end"]]).astype(np.uint32),
        )

    def _number(self, id_: bytes) -> int:
        return self._numbers.setdefault(id_, self._highest + len(self._numbers) + 1)

    @cached_property
    def _highest(self) -> int:
        return db.session.scalar(select(func.max(CustomerNumber.number))) or 0


def _array(text: str | None, kind: np.dtype[Any]) -> NDArray[Any]:
    return np.frombuffer(bytes.fromhex(text or ""), kind)
