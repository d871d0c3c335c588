"""Targets for any days: those of whole months, the others by their working days.

What counts of a rep's target follows the rep's working time and the ramp of the month; each piece
of it is rounded half up, in whole numbers, by the database.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    exists,
    extract,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from server.calendar.models import Holiday
from server.metrics.models import RampStep, Target, WorkingTime
from server.metrics.sql.literal_rows import count_to_come, rows_to_come, values_of_rows
from server.metrics.sql.reach import By, Reach, Shape, holder_column
from server.platform.database import among, db
from server.platform.organisation import read_work_rules
from server.platform.prepared import Prepared
from server.platform.sql import larger, smaller
from server.teams.models import Team, TeamMembership
from shared.metrics.targets import TargetPart
from shared.time import Period, add_months
from shared.working import WorkCalendar

_LATER_THAN_ALL = 10**6
FULL = 100
"""Per cent of a full target, and of full time."""


class Holder(NamedTuple):
    """Who a target is for: a rep, or a team as a whole."""

    id: str
    is_team: bool

    @classmethod
    def of(cls, *, rep_id: object, team_id: object) -> "Holder":
        """Return the rep, or without any the team."""
        return cls(str(team_id), True) if rep_id is None else cls(str(rep_id), False)


def calendar_of(periods: Iterable[Period]) -> WorkCalendar:
    """Return the working calendar of the months that these periods touch."""
    days = [day for period in periods for day in (period.start, period.end)]
    if not days:
        return WorkCalendar()
    first, last = min(days).replace(day=1), max(days) + dt.timedelta(days=31)
    holidays = frozenset(day for (day,) in _HOLIDAYS.rows(first=first, last=last))
    return WorkCalendar(holidays, read_work_rules().week)


_HOLIDAYS = Prepared(
    lambda: select(Holiday.day).where(Holiday.day.between(bindparam("first"), bindparam("last")))
)


def targets_as_set(
    metric_key: str, months: Sequence[dt.date], reach: Reach
) -> dict[tuple[Holder, dt.date], int]:
    """Return the target of each rep, or team as a whole, and month; money in minor units."""
    rows = db.session.execute(
        select(Target.rep_id, Target.team_id, Target.month, Target.amount).where(
            Target.metric_key == metric_key,
            Target.month.in_(months),
            reach.rows(Target.rep_id, Target.team_id),
        )
    )
    return {
        (Holder.of(rep_id=row.rep_id, team_id=row.team_id), row.month): row.amount for row in rows
    }


def target_sums(
    metric_keys: Sequence[str], periods: Sequence[Period], reach: Reach
) -> dict[tuple[str, Period, str | None], int]:
    """
    Return the targets of metrics for each metric, period and holder.

    A team's target is the one set for the team as a whole, else the sum of its reps' and of the
    teams below it.
    """
    if not periods:
        return {}
    calendar = _Calendar(periods)
    shares, edges = calendar.shares(), calendar.edges()
    counts = count_to_come(shares), count_to_come(edges)
    found = _statement(*counts, reach.shape).rows(
        keys=metric_keys,
        first=calendar.first,
        last=calendar.last,
        **values_of_rows(_SHARE, _SHARES, shares, counts[0]),
        **values_of_rows(_EDGE, _EDGES, edges, counts[1]),
        **reach.values,
    )
    return {(key, periods[number], holder): int(amount) for key, number, holder, amount in found}


@lru_cache(maxsize=256)
def _statement(shares: int | None, edges: int | None, shape: Shape) -> Prepared:
    return Prepared(lambda: _sums(shares, edges, shape.reach()))


def _sums(shares: int | None, edges: int | None, reach: Reach) -> Select[*tuple[Any, ...]]:
    group = reach.group(Target.rep_id, Target.team_id)
    parts, share, counted = _counted(shares, edges, reach)
    return parts.add_columns(
        Target.metric_key,
        share.c.number,
        holder_column(group),
        func.sum(counted).label("amount"),
    ).group_by(Target.metric_key, share.c.number, *group)


def targets_behind(
    metric_key: str, period: Period, reach: Reach
) -> Select[str, str, str, dt.date, int]:
    """Return the targets that a period has: `id`, `rep_id`, `team_id`, `month`, `amount`.

    Of each what counts in the period. Together they are the target of all the question is about.
    """
    calendar = _Calendar([period])
    shares, edges = calendar.shares(), calendar.edges()
    parts, share, counted = _counted(len(shares), len(edges), reach)
    of = Target.id, Target.rep_id, Target.team_id, share.c.month
    return (
        parts.add_columns(*of, func.sum(counted).label("amount"))
        .group_by(*of)
        .params(
            keys=[metric_key],
            first=calendar.first,
            last=calendar.last,
            **values_of_rows(_SHARE, _SHARES, shares, len(shares)),
            **values_of_rows(_EDGE, _EDGES, edges, len(edges)),
        )
    )


def _counted(
    shares: int | None, edges: int | None, reach: Reach
) -> tuple[Select[()], CTE, ColumnElement[int]]:
    """Return the rows of targets and parts of months, the months, and what counts of each row."""
    share = rows_to_come(_SHARE, _SHARES, shares)
    span = _spans(rows_to_come(_EDGE, _EDGES, edges))
    low = larger(share.c.low, func.coalesce(span.c.low, 0))
    high = smaller(share.c.high, func.coalesce(span.c.high, _LATER_THAN_ALL))
    percent = func.coalesce(span.c.percent, FULL) * func.coalesce(span.c.ramp, FULL)
    whole = share.c.of_month * FULL * FULL
    part = percent * (high - low)
    # Divided first: a large amount times all these would not fit into 64 bits.
    rest = (Target.amount % whole) * part
    counted = (Target.amount // whole) * part + (2 * rest + whole) // (2 * whole)
    rows: Select[()] = (
        select()
        .select_from(Target)
        .join(share, share.c.month == Target.month)
        .outerjoin(span, and_(span.c.rep_id == Target.rep_id, span.c.month == Target.month))
        .where(
            among(Target.metric_key, name="keys"),
            high > low,
            reach.rows(Target.rep_id, Target.team_id),
            _counts(reach),
        )
    )
    return rows, share, counted


def teams_of_targets(
    rep_months: Collection[tuple[str, dt.date]],
) -> dict[tuple[str, dt.date], str]:
    """Return the team that a rep's target of a month belongs to: the last one of the month.

    Of a month without any it is the first one after it, or else the last one before.
    """
    member = TeamMembership
    tenures: dict[str, list[tuple[dt.date, str]]] = {}
    for row in db.session.execute(
        select(member.user_id, member.start_on, member.team_id)
        .where(member.user_id.in_({rep_id for rep_id, _ in rep_months}))
        .order_by(member.user_id, member.start_on)
    ):
        tenures.setdefault(row.user_id, []).append((row.start_on, row.team_id))
    found = {}
    for rep_id, month in rep_months:
        if of_rep := tenures.get(rep_id):
            end = add_months(month, 1)
            begun = [team_id for start_on, team_id in of_rep if start_on < end]
            found[rep_id, month] = begun[-1] if begun else of_rep[0][1]
    return found


def parts_of_targets(target_ids: Sequence[str]) -> dict[str, tuple[TargetPart, ...]]:
    """Return what counts of these targets, of reps, by their ids; those left out count whole."""
    span = _ramped(Target.id.in_(target_ids))
    rows = db.session.execute(
        select(Target.id, span.c.start_on, span.c.end_on, span.c.percent, span.c.ramp)
        .join(span, and_(span.c.rep_id == Target.rep_id, span.c.month == Target.month))
        .where(Target.id.in_(target_ids))
        .order_by(Target.id, span.c.start_on)
    )
    found: dict[str, list[TargetPart]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(
            TargetPart(row.start_on, row.end_on, row.percent * row.ramp)
        )
    return {id_: tuple(parts) for id_, parts in found.items()}


def _counts(reach: Reach) -> ColumnElement[bool]:
    """Return the condition that no other target stands for this one."""
    if reach.by is By.REP or reach.names_reps:
        return Target.rep_id.is_not(None)
    own, team = aliased(Target), Target.team_id
    is_own = and_(
        own.metric_key == Target.metric_key,
        own.month == Target.month,
        own.rep_id.is_(None),
        reach.rows(own.rep_id, own.team_id),
    )
    if reach.by is By.TEAM:
        return or_(Target.rep_id.is_(None), ~exists().where(is_own, own.team_id == team))
    # What is set for a team as a whole stands for its reps' targets and for all teams below.
    above = _teams_above()
    return ~exists().where(
        is_own,
        above.c.team_id == team,
        above.c.above_id == own.team_id,
        or_(Target.rep_id.is_not(None), above.c.above_id != team),
    )


def _teams_above() -> CTE:
    """Return each team with itself and with every team above it."""
    tree = select(Team.id.label("team_id"), Team.id.label("above_id")).cte("above", recursive=True)
    return tree.union(
        select(tree.c.team_id, Team.parent_id)
        .join(Team, Team.id == tree.c.above_id)
        .where(Team.parent_id.is_not(None))
    )


class _Calendar:
    """The months that periods touch, their days numbered by the working days before them."""

    def __init__(self, periods: Sequence[Period]) -> None:
        self._periods = periods
        self.first = min(period.start for period in periods).replace(day=1)
        self.last = add_months(max(period.end for period in periods).replace(day=1), 1)
        calendar = calendar_of(periods)
        self.number: dict[dt.date, int] = {}
        passed = 0
        for day in Period(self.first, self.last).days():
            self.number[day] = passed
            passed += calendar.is_worked(day)
        self.number[self.last] = passed

    def shares(self) -> list[tuple[Any, ...]]:
        """Return the days of each month that are in each period."""
        rows = []
        for number, period in enumerate(self._periods):
            month = Period.month(period.start.year, period.start.month)
            while month.start < period.end:
                low = self.number[max(month.start, period.start)]
                high = self.number[min(month.end, period.end)]
                of_month = self.number[month.end] - self.number[month.start]
                if high > low:
                    rows.append((number, month.start, low, high, of_month))
                month = Period.month(month.end.year, month.end.month)
        # Without any row the statement still needs its columns.
        return rows or [(0, dt.date.min, 0, 0, 1)]

    def edges(self) -> list[tuple[Any, ...]]:
        """Return the number of each day on which somebody's working time changed."""
        days = _CHANGES.rows(first=self.first, last=self.last)
        return [(day, self.number[day]) for (day,) in days] or [(dt.date.min, 0)]


_SHARE, _EDGE = "share", "edge"
_SHARES: Mapping[str, Any] = {
    "number": Integer(),
    "month": Date(),
    "low": Integer(),
    "high": Integer(),
    "of_month": Integer(),
}
_EDGES: Mapping[str, Any] = {"day": Date(), "number": Integer()}


def working_spans() -> Subquery:
    """Return the times of each rep with one working time: `start_on`, `end_on`, `percent`.

    With the day of joining, `joined_on`. The last one has no end.
    """
    in_order: Any = {"partition_by": WorkingTime.rep_id, "order_by": WorkingTime.start_on}
    return select(
        WorkingTime.rep_id,
        WorkingTime.percent,
        WorkingTime.start_on,
        func.lead(WorkingTime.start_on, type_=Date()).over(**in_order).label("end_on"),
        func.min(WorkingTime.start_on, type_=Date())
        .over(partition_by=WorkingTime.rep_id)
        .label("joined_on"),
    ).subquery()


def _ramped(*of_targets: ColumnElement[bool]) -> Subquery:
    """Return the times of the reps with these targets, for each month with what the ramp leaves."""
    month = select(Target.rep_id, Target.month).where(Target.rep_id.is_not(None), *of_targets)
    of = month.distinct().subquery()
    span = working_spans()
    step, begun = RampStep, aliased(RampStep)
    since_joining = _months(of.c.month) - _months(span.c.joined_on) + 1
    in_force = (
        select(func.max(begun.start_on)).where(begun.start_on <= span.c.joined_on).scalar_subquery()
    )
    return (
        select(of.c.month, span, func.coalesce(step.percent, FULL).label("ramp"))
        .join(of, of.c.rep_id == span.c.rep_id)
        .outerjoin(step, and_(step.start_on == in_force, step.month_number == since_joining))
        .subquery()
    )


def _spans(edge: CTE) -> Subquery:
    """Return the same with the numbers of the days, `low` and `high`, in place of the days.

    For the months from the parameter `first` up to `last`.
    """
    end = edge.alias()
    first, last = bindparam("first", type_=Date()), bindparam("last", type_=Date())
    span = _ramped(Target.month >= first, Target.month < last)

    def number(day: Any, known: Any) -> ColumnElement[int]:
        return case((day <= first, 0), else_=func.coalesce(known, _LATER_THAN_ALL))

    return (
        select(
            span.c.rep_id,
            span.c.month,
            span.c.percent,
            span.c.ramp,
            number(span.c.start_on, edge.c.number).label("low"),
            number(span.c.end_on, end.c.number).label("high"),
        )
        .outerjoin(edge, edge.c.day == span.c.start_on)
        .outerjoin(end, end.c.day == span.c.end_on)
        .subquery()
    )


_CHANGES = Prepared(
    lambda: (
        select(WorkingTime.start_on)
        .where(WorkingTime.start_on > bindparam("first"), WorkingTime.start_on < bindparam("last"))
        .distinct()
    )
)


def _months(day: Any) -> ColumnElement[int]:
    return extract("year", day) * 12 + extract("month", day)
