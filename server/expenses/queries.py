"""Reading expenses: the filtered list, one of them, totals by rep and month."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, extract, func, select
from sqlalchemy.orm import aliased

from server.currencies.queries import rate_text
from server.expenses.models import Expense
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, read_in_pieces, reordered
from server.platform.reporting import reporting
from shared.time import Period
from shared.vocabulary import ExpenseKind, ExpenseState

SORTABLE = frozenset({"rep_name", "kind", "base_amount_minor", "state"})


@dataclass(frozen=True, kw_only=True)
class ExpenseFilter:
    """Which expenses; whatever is None does not narrow."""

    period: Period | None = None
    state: ExpenseState | None = None
    kind: ExpenseKind | None = None
    rep_id: str | None = None
    team_ids: frozenset[str] | None = None


@dataclass(frozen=True)
class ExpenseRow:
    """An expense in a list; amounts in minor units of its currency."""

    id: str
    version: int
    rep_id: str
    rep_name: str
    day: dt.date
    kind: ExpenseKind
    amount_minor: int
    currency: str
    base_amount_minor: int | None
    """In the reporting currency; None while there is no rate for the day."""
    minor_rate: Decimal | None
    rate_on: dt.date | None
    mileage_m: int | None
    note: str
    state: ExpenseState
    reason: str
    submitted_at: dt.datetime | None
    decided_by: str | None
    decider_name: str | None
    decided_at: dt.datetime | None

    @property
    def rate_text(self) -> str | None:
        """What one unit was worth in the reporting currency."""
        return rate_text(self.currency, self.minor_rate)


@dataclass(frozen=True)
class MonthTotal:
    """What a rep spent in a month, minor units of the reporting currency; no drafts."""

    rep_id: str
    rep_name: str
    month: dt.date
    """First day of the month."""
    submitted_minor: int
    approved_minor: int
    rejected_minor: int
    mileage_m: int
    """Approved."""
    currency: str
    waiting: int
    """Expenses that wait for an exchange rate: they are in no sum."""


def list_expenses(
    *,
    access: Access,
    where: ExpenseFilter,
    page: int = 1,
    size: int = DEFAULT_SIZE,
    sort: str = "",
) -> Page[ExpenseRow]:
    """Return a page of expenses, the latest day first. Drafts are their rep's alone.

    :param sort: one of `SORTABLE` instead, with a minus the largest first
    """
    statement = reordered(_sorted(_rows(access, where)), sort, SORTABLE)
    return fetch_page(statement, number=page, size=size).map(_row)


def each_expense(*, access: Access, where: ExpenseFilter) -> Iterator[ExpenseRow]:
    """Give all expenses of a filter, read piece by piece: for exports."""
    for row in read_in_pieces(_sorted(_rows(access, where))):
        yield _row(row)


def get_expense_row(*, access: Access, expense_id: str) -> ExpenseRow:
    """Return one expense.

    :raises NotFoundError: if there is none that the caller may see
    """
    statement = _rows(access, ExpenseFilter()).where(Expense.id == expense_id)
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise NotFoundError
    return _row(row)


def month_totals(*, access: Access, where: ExpenseFilter) -> list[MonthTotal]:
    """Return what reps spent by month, the latest month first, then by name."""
    worth = Expense.base_amount_minor
    year, month = extract("year", Expense.day), extract("month", Expense.day)
    rows = db.session.execute(
        select(
            Expense.rep_id,
            User.name,
            year.label("year"),
            month.label("month"),
            _sum(worth, Expense.state == ExpenseState.SUBMITTED).label("submitted"),
            _sum(worth, Expense.state == ExpenseState.APPROVED).label("approved"),
            _sum(worth, Expense.state == ExpenseState.REJECTED).label("rejected"),
            _sum(Expense.mileage_m, Expense.state == ExpenseState.APPROVED).label("mileage"),
            func.count().filter(Expense.waits_for_rate).label("waiting"),
        )
        .join(User, User.id == Expense.rep_id)
        .where(Expense.state != ExpenseState.DRAFT, *_conditions(access, where))
        .group_by(Expense.rep_id, User.name, year, month)
        .order_by(year.desc(), month.desc(), User.name, Expense.rep_id)
    )
    return [
        MonthTotal(
            rep_id=row.rep_id,
            rep_name=row.name,
            month=dt.date(int(row.year), int(row.month), 1),
            submitted_minor=int(row.submitted),
            approved_minor=int(row.approved),
            rejected_minor=int(row.rejected),
            mileage_m=int(row.mileage),
            currency=reporting().currency,
            waiting=row.waiting,
        )
        for row in rows
    ]


def _sum(column: Any, condition: ColumnElement[bool]) -> Any:
    return func.coalesce(func.sum(column).filter(condition), 0)


def _sorted(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(Expense.day.desc(), Expense.id.desc())


def visible(*, access: Access) -> ColumnElement[bool]:
    """Return the condition of the expenses the caller may see. Drafts are their rep's alone."""
    return and_(
        Expense.deleted_at.is_(None),
        access.rows(Expense.rep_id, Expense.team_id),
        (Expense.state != ExpenseState.DRAFT) | (Expense.rep_id == access.user_id),
    )


def _conditions(access: Access, where: ExpenseFilter) -> list[ColumnElement[bool]]:
    conditions = [visible(access=access)]
    if where.period is not None:
        conditions += [Expense.day >= where.period.start, Expense.day < where.period.end]
    if where.team_ids is not None:
        conditions.append(Expense.team_id.in_(where.team_ids))
    for column, value in (
        (Expense.state, where.state),
        (Expense.kind, where.kind),
        (Expense.rep_id, where.rep_id),
    ):
        if value is not None:
            conditions.append(column == value)
    return conditions


def _rows(access: Access, where: ExpenseFilter) -> Select[*tuple[Any, ...]]:
    rep, decider = aliased(User), aliased(User)
    return (
        select(
            Expense.id,
            Expense.version,
            Expense.rep_id,
            rep.name.label("rep_name"),
            Expense.day,
            Expense.kind,
            Expense.amount_minor,
            Expense.currency,
            case((~Expense.waits_for_rate, Expense.base_amount_minor)).label("base_amount_minor"),
            Expense.minor_rate,
            Expense.rate_on,
            Expense.mileage_m,
            Expense.note,
            Expense.state,
            Expense.reason,
            Expense.submitted_at,
            Expense.decided_by,
            decider.name.label("decider_name"),
            Expense.decided_at,
        )
        .join(rep, rep.id == Expense.rep_id)
        .outerjoin(decider, decider.id == Expense.decided_by)
        .where(*_conditions(access, where))
    )


def _row(row: Any) -> ExpenseRow:
    return ExpenseRow(
        **{**row._asdict(), "kind": ExpenseKind(row.kind), "state": ExpenseState(row.state)}
    )
