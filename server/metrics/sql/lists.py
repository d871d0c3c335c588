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
from server.metrics.rollups.lists import customer_code, hex_digits, strung
from server.metrics.sql.cache import WHO_HAS_WHOM, cached
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
    lists = _lists(looked_at, reach, wanted) if wanted - {m.CUSTOMERS_ASSIGNED} else {}
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


def _lists(
    periods: Collection[Period], reach: Reach, wanted: Collection[Measure]
) -> Mapping[str | None, Mapping[Period, Lists]]:
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
    found: dict[str | None, dict[Period, Lists]] = defaultdict(dict)
    for line in db.session.execute(statement):
        visits = _array(line.visited, _VISIT)
        found[line.holder][pieces[line.number]] = Lists(
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
    parts = [_span_rows(reach, _present_class()), _span_rows(reach, PastCustomerClass.__table__)]
    row = union_all(*parts).subquery()
    number = CustomerNumber.number
    place = customer_code(func.coalesce(number, 0), row.c.customer_class)
    code = hex_digits(place + row.c.deleted, 8)
    start = days_between(literal(DAY_0), row.c.start)
    end = func.coalesce(days_between(literal(DAY_0), row.c.end), _FOR_EVER)
    id_ = func.replace(cast(row.c.customer_id, String), "-", "")
    # Most begin on one of a few days and have not ended.
    statement = (
        select(
            row.c.holder,
            start.label("start"),
            end.label("end"),
            strung(case((number.is_not(None), code))).label("numbered"),
            strung(case((number.is_(None), id_ + code))).label("unnumbered"),
        )
        .outerjoin(CustomerNumber, CustomerNumber.customer_id == row.c.customer_id)
        .where(row.c.end.is_(None) | (row.c.start < row.c.end))
        .group_by(row.c.holder, start, end)
    )
    given = _Given()
    found: dict[str | None, list[tuple[Numbers, int, int]]] = defaultdict(list)
    for line in db.session.execute(statement):
        codes = given.codes(line.numbered, line.unnumbered)
        found[line.holder].append((codes, line.start, line.end))
    return {holder: Spans.in_order(spans) for holder, spans in found.items()}


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
