"""Whose rows are summed, over which periods: what all statements have in common."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    column,
    null,
    select,
    true,
    values,
)

from server.platform.access import Access
from shared.metrics.measures import Dimension
from shared.time import Period, add_months
from shared.vocabulary import CustomerClass

Sums = Select[*tuple[Any, ...]]
"""`number` (which period), `holder` (the rep or team; nothing for all together), the measures."""
BEFORE_ALL = dt.date(1900, 1, 1)
"""Earlier than anything that is recorded."""
Columns = tuple[ColumnElement[Any], ...]


class By(StrEnum):
    """For whom a number is shown on its own."""

    REP = "rep"
    TEAM = "team"
    SOURCE = "source"
    CLASS = "class"


@dataclass(frozen=True, kw_only=True)
class Cut:
    """The columns by which a row can be told apart, besides rep and team."""

    source: Any = None
    customer_class: Any = None


NO_CUT = Cut()


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Whose rows are summed: what the caller may see, narrowed by a filter.

    A lead source or a customer class needs rows that carry it: `server/metrics/sql/sliced.py`.
    """

    access: Access
    rep_id: str | None = None
    team_ids: frozenset[str] | None = None
    source: str | None = None
    customer_class: CustomerClass | None = None
    by: By | None = None

    @property
    def dimensions(self) -> frozenset[Dimension]:
        """Return what the rows must carry besides rep and team."""
        found = set()
        if self.source is not None or self.by is By.SOURCE:
            found.add(Dimension.SOURCE)
        if self.customer_class is not None or self.by is By.CLASS:
            found.add(Dimension.CLASS)
        return frozenset(found)

    def rows(self, rep_id: Any, team_id: Any, cut: Cut = NO_CUT) -> ColumnElement[bool]:
        """Return the condition on a row's rep and team."""
        conditions = [self.access.rows(rep_id, team_id)]
        if self.rep_id is not None:
            conditions.append(rep_id == self.rep_id)
        if self.team_ids is not None:
            conditions.append(team_id.in_(self.team_ids))
        if self.source is not None:
            conditions.append(cut.source == self.source)
        if self.customer_class is not None:
            conditions.append(cut.customer_class == self.customer_class)
        return and_(true(), *conditions)

    def group(self, rep_id: Any, team_id: Any, cut: Cut = NO_CUT) -> Columns:
        """Return the column of what a sum belongs to; none for all together."""
        match self.by:
            case By.REP:
                return (rep_id,)
            case By.TEAM:
                return (team_id,)
            case By.SOURCE:
                return (cut.source,)
            case By.CLASS:
                return (cut.customer_class,)
        return ()


def buckets(periods: Sequence[Period]) -> CTE:
    """
    Return the periods as rows of `number`, `start` and `end`.

    With them the day a year before the start, `year_before`, and the number of full `weeks`.
    """
    return (
        values(
            column("number", Integer),
            column("start", Date),
            column("end", Date),
            column("year_before", Date),
            column("weeks", Integer),
        )
        .data(
            [
                (
                    number,
                    period.start,
                    period.end,
                    add_months(period.start, -12),
                    period.length_days // 7,
                )
                for number, period in enumerate(periods)
            ]
        )
        .cte()
    )


def within(bucket: CTE, day: Any) -> ColumnElement[bool]:
    return and_(day >= bucket.c.start, day < bucket.c.end)


def sums_by(bucket: CTE, group: Columns, *columns: ColumnElement[Any]) -> Sums:
    return select(bucket.c.number, holder_column(group), *columns).group_by(bucket.c.number, *group)


def holder_column(group: Columns) -> ColumnElement[Any]:
    return (group[0] if group else null()).label("holder")
