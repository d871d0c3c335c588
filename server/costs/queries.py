"""Reading cost entries: the filtered list, one of them, what they come to."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from server.costs.models import Cost
from server.currencies.queries import rate_text
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, read_in_pieces, reordered
from server.teams.models import Team
from shared.time import Period
from shared.vocabulary import CostCategory


class CostSource(StrEnum):
    """Where an entry comes from."""

    ENTERED = "entered"
    IMPORTED = "imported"


SORTABLE = frozenset({"rep_name", "category", "base_amount_minor", "note", "code"})


@dataclass(frozen=True, kw_only=True)
class CostFilter:
    """Which costs; whatever is None does not narrow."""

    period: Period | None = None
    category: CostCategory | None = None
    rep_id: str | None = None
    team_ids: frozenset[str] | None = None
    source: CostSource | None = None


@dataclass(frozen=True)
class CostRow:
    """A cost in a list; amounts in minor units."""

    id: str
    version: int
    code: str | None
    category: CostCategory
    day: dt.date
    rep_id: str | None
    rep_name: str | None
    team_id: str | None
    team_name: str | None
    amount_minor: int
    currency: str
    base_amount_minor: int | None
    """In the reporting currency; None while there is no rate for the day."""
    minor_rate: Decimal | None
    rate_on: dt.date | None
    note: str

    @property
    def rate_text(self) -> str | None:
        """What one unit was worth in the reporting currency."""
        return rate_text(self.currency, self.minor_rate)

    @property
    def source(self) -> CostSource:
        """Where it comes from."""
        return CostSource.ENTERED if self.code is None else CostSource.IMPORTED


@dataclass(frozen=True)
class CategoryTotal:
    """What was spent on a category, minor units of the reporting currency."""

    category: CostCategory
    entries: int
    base_amount_minor: int
    waiting: int
    """Entries in another currency without a rate: they are not in the sum."""


def list_costs(
    *,
    access: Access,
    where: CostFilter,
    page: int = 1,
    size: int = DEFAULT_SIZE,
    sort: str = "",
) -> Page[CostRow]:
    """Return a page of costs, the latest day first.

    :param sort: one of `SORTABLE` instead, with a minus the largest first
    """
    statement = reordered(_sorted(_rows(access, where)), sort, SORTABLE)
    return fetch_page(statement, number=page, size=size).map(_row)


def each_cost(*, access: Access, where: CostFilter) -> Iterator[CostRow]:
    """Give all costs of a filter, read piece by piece: for exports."""
    for row in read_in_pieces(_sorted(_rows(access, where))):
        yield _row(row)


def get_cost(*, access: Access, cost_id: str) -> CostRow:
    """Return one cost.

    :raises NotFoundError: if there is none that the caller may see
    """
    statement = _rows(access, CostFilter()).where(Cost.id == cost_id)
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise NotFoundError
    return _row(row)


def category_totals(*, access: Access, where: CostFilter) -> list[CategoryTotal]:
    """Return what was spent on each category, the most first."""
    total = func.sum(Cost.base_amount_minor)
    rows = db.session.execute(
        select(
            Cost.category,
            func.count().label("entries"),
            total.label("total"),
            func.count().filter(Cost.waits_for_rate).label("waiting"),
        )
        .where(*_conditions(access, where))
        .group_by(Cost.category)
        .order_by(total.desc(), Cost.category)
    )
    return [
        CategoryTotal(CostCategory(row.category), row.entries, int(row.total), row.waiting)
        for row in rows
    ]


def _conditions(access: Access, where: CostFilter) -> list[ColumnElement[bool]]:
    conditions = [Cost.deleted_at.is_(None), access.rows(Cost.rep_id, Cost.team_id)]
    if where.period is not None:
        conditions += [Cost.day >= where.period.start, Cost.day < where.period.end]
    if where.category is not None:
        conditions.append(Cost.category == where.category)
    if where.rep_id is not None:
        conditions.append(Cost.rep_id == where.rep_id)
    if where.team_ids is not None:
        conditions.append(Cost.team_id.in_(where.team_ids))
    if where.source is not None:
        entered = where.source is CostSource.ENTERED
        conditions.append(Cost.code.is_(None) if entered else Cost.code.is_not(None))
    return conditions


def _rows(access: Access, where: CostFilter) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Cost.id,
            Cost.version,
            Cost.code,
            Cost.category,
            Cost.day,
            Cost.rep_id,
            User.name.label("rep_name"),
            Cost.team_id,
            Team.name.label("team_name"),
            Cost.amount_minor,
            Cost.currency,
            case((~Cost.waits_for_rate, Cost.base_amount_minor)).label("base_amount_minor"),
            Cost.minor_rate,
            Cost.rate_on,
            Cost.note,
        )
        .outerjoin(User, User.id == Cost.rep_id)
        .outerjoin(Team, Team.id == Cost.team_id)
        .where(*_conditions(access, where))
    )


def _sorted(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(Cost.day.desc(), Cost.id.desc())


def _row(row: Any) -> CostRow:
    return CostRow(**{**row._asdict(), "category": CostCategory(row.category)})
