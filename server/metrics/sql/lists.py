"""Different customers, counted from lists of their numbers.

SQL strings the lists of all days of a piece of time together; here they are taken apart into
arrays, where `numbered.py` counts a million numbers in milliseconds.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
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
from server.metrics.rollups.lists import customer_code, hex_digits, strung, strung_codes
from server.metrics.sql.cache import WHO_HAS_WHOM, cached
from server.metrics.sql.months import kept_by_month
from server.metrics.sql.numbered import (
    ASSIGNED,
    BOUGHT,
    CODE_BITS,
    DAY_0,
    FREQUENCY,
    VISITED,
    Holder,
    Lists,
    Numbers,
    Spans,
    year_before,
)
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
from shared.time import Period
from shared.vocabulary import Role

Found = Iterator[tuple[Period, str | None, Mapping[str, Decimal | None]]]

_FOR_EVER = 2**31 - 1
_VISIT = np.dtype([("code", ">u4"), ("calls", "u1")])
_CODE = np.dtype(">u4")
_UNNUMBERED = np.dtype([("id", "V16"), ("code", ">u4")])


def customer_counts(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> Found:
    """Return how many different customers were visited, bought, are assigned or due."""
    wanted = set(measures)
    looked_at = {period: period for period in periods}
    if m.RETURNING_OUTLETS in wanted:
        looked_at |= {year_before(period): period for period in periods}
    lists = _kept_lists(looked_at, reach, wanted) if wanted - {m.CUSTOMERS_ASSIGNED} else {}
    spans = _kept_spans(reach) if wanted & ASSIGNED else {}
    for holder in lists.keys() | spans.keys():
        customers = Holder(lists.get(holder, {}), spans.get(holder), wanted)
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
        read=lambda pieces: _lists(pieces, reach, visited=visited, bought=bought),
        together=Lists.one_after_the_other,
        weight=Lists.bytes,
    )
    holders = dict.fromkeys(holder for of_holders in found.values() for holder in of_holders)
    return {
        holder: {piece: each[holder] for piece, each in found.items() if holder in each}
        for holder in holders
    }


def _lists(
    pieces: Sequence[Period], reach: Reach, *, visited: bool, bought: bool
) -> Mapping[Period, Mapping[str | None, Lists]]:
    """Return the lists of each holder for pieces of time that do not overlap."""
    row = rows_of(
        reach,
        reps=CustomerListRollup.__table__,
        teams=TeamListRollup.__table__,
        columns=("visited", "bought", "new_customers"),
    )
    bucket = buckets(pieces)
    group = group_of(reach, row)
    nothing = literal("")
    statement = (
        select(
            bucket.c.number,
            holder_column(group),
            strung(row.c.visited if visited else nothing).label("visited"),
            strung(row.c.bought if bought else nothing).label("bought"),
            func.sum(row.c.new_customers).label("new_customers"),
        )
        .join(row, within(bucket, row.c.day))
        .group_by(bucket.c.number, *group)
    )
    found: dict[Period, dict[str | None, Lists]] = defaultdict(dict)
    for line in db.session.execute(statement):
        visits = _array(line.visited, _VISIT)
        found[pieces[line.number]][line.holder] = Lists(
            visits["code"].astype(np.uint32),
            visits["calls"],
            _array(line.bought, _CODE).astype(np.uint32),
            int(line.new_customers),
        )
    return found


def _kept_spans(reach: Reach) -> Mapping[str | None, Spans]:
    """Return the customers assigned to each holder: read again only when some of that changed.

    Visits and orders, which come every second, do not.
    """
    whose = "spans", reach.access, reach.rep_id, reach.team_ids, reach.by
    return cached(whose, lambda: _spans(reach), of=WHO_HAS_WHOM)


def _spans(reach: Reach) -> Mapping[str | None, Spans]:
    """Return the customers assigned to each holder, whenever that was."""
    parts = _spans_of(reach, _present_class()), _spans_of(reach, PastCustomerClass.__table__)
    given = _Given()
    found: dict[str | None, list[tuple[Numbers, int, int]]] = defaultdict(list)
    for line in db.session.execute(union_all(*parts)):
        codes = given.codes(line.numbered, line.unnumbered)
        found[line.holder].append((codes, line.start, line.end))
    return {holder: Spans.in_order(spans) for holder, spans in found.items()}


def _spans_of(reach: Reach, tenure: Any) -> Select[*tuple[Any, ...]]:
    """Return who had which customers, for as long as they had the class of these tenures.

    Most begin on one of a few days and have not ended. They are put together by the days as they
    are stored, of which there are few: that there are few of what follows from them, PostgreSQL
    does not know, and would sort them all.
    """
    assigned, member = CustomerAssignment, TeamMembership
    start: Any = assigned.start_on
    end: Any = assigned.end_on
    days = [assigned.start_on, assigned.end_on, tenure.c.start_on]
    group = reach.group(assigned.rep_id, member.team_id)
    joined: Any = join(assigned, Customer, Customer.id == assigned.customer_id)
    needs_team = reach.by is By.TEAM or reach.team_ids is not None
    if needs_team or reach.access.role is Role.MANAGER:
        # A team has the customer while its rep has and while the rep is in the team.
        start, end = _later(start, member.start_on), _earlier(end, member.end_on)
        days += [member.start_on, member.end_on]
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
        days.append(tenure.c.end_on)
    number = CustomerNumber.number
    code = customer_code(func.coalesce(number, 0), customer_class)
    code += one_if(Customer.deleted_at.is_not(None))
    id_ = func.replace(cast(assigned.customer_id, String), "-", "")
    return (
        select(
            holder_column(group),
            days_between(literal(DAY_0), start).label("start"),
            func.coalesce(days_between(literal(DAY_0), end), _FOR_EVER).label("end"),
            strung_codes(case((number.is_not(None), code))).label("numbered"),
            strung(case((number.is_(None), id_ + hex_digits(code, 8)))).label("unnumbered"),
        )
        .select_from(joined)
        .outerjoin(CustomerNumber, CustomerNumber.customer_id == assigned.customer_id)
        .where(rows, end.is_(None) | (start < end))
        .group_by(*group, *days)
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

    def codes(self, numbered: str | None, unnumbered: str | None) -> Numbers:
        """Return the codes in two texts: of customers with a number, and of those without."""
        known = _array(numbered, _CODE)
        new = _array(unnumbered, _UNNUMBERED)
        code = new["code"].astype(np.uint32)
        for place, id_ in enumerate(new["id"]):
            code[place] |= self._number(id_.tobytes()) << CODE_BITS
        return np.concatenate([known, code]).astype(np.uint32)

    def _number(self, id_: bytes) -> int:
        return self._numbers.setdefault(id_, self._highest + len(self._numbers) + 1)

    @cached_property
    def _highest(self) -> int:
        return db.session.scalar(select(func.max(CustomerNumber.number))) or 0


def _array(text: str | None, kind: np.dtype[Any]) -> NDArray[Any]:
    return np.frombuffer(bytes.fromhex(text or ""), kind)
