"""Reading tasks: the filtered list, overdue first, and one of them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import aliased

from server.customers.models import Customer
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, read_in_pieces, reordered
from server.tasks.models import Task
from shared.vocabulary import TaskState

SORTABLE = frozenset({"title", "rep_name", "customer_name", "due_on", "state"})
_OPEN = (TaskState.OPEN, TaskState.IN_PROGRESS)


class Due(StrEnum):
    """When tasks that are still to be done are due, seen from a day."""

    OVERDUE = "overdue"
    TODAY = "today"
    UPCOMING = "upcoming"


@dataclass(frozen=True, kw_only=True)
class TaskFilter:
    """Which tasks; whatever is None or empty does not narrow."""

    closed: bool | None = None
    """Only those that are done or cancelled, or only those that are not."""
    state: TaskState | None = None
    due: Due | None = None
    rep_id: str | None = None
    team_ids: frozenset[str] | None = None
    customer_id: str | None = None
    visit_id: str | None = None
    search: str = ""
    """Part of the title, or of the customer's name."""


@dataclass(frozen=True)
class TaskRow:
    """A task in a list."""

    id: str
    version: int
    title: str
    note: str
    rep_id: str
    rep_name: str
    customer_id: str | None
    customer_name: str | None
    visit_id: str | None
    due_on: dt.date | None
    state: TaskState
    created_by: str
    creator_name: str
    created_at: dt.datetime
    finished_at: dt.datetime | None

    def is_overdue(self, today: dt.date) -> bool:
        """Whether it should have been done before today."""
        return not self.state.is_closed and self.due_on is not None and self.due_on < today


def list_tasks(
    *,
    access: Access,
    where: TaskFilter,
    today: dt.date,
    page: int = 1,
    size: int = DEFAULT_SIZE,
    sort: str = "",
) -> Page[TaskRow]:
    """Return a page of tasks: those to be done first, the most overdue at the top.

    :param today: the day from which a task is overdue
    :param sort: one of `SORTABLE` instead, with a minus the largest first
    """
    statement = reordered(_sorted(access, where, today), sort, SORTABLE)
    return fetch_page(statement, number=page, size=size).map(_row)


def each_task(*, access: Access, where: TaskFilter, today: dt.date) -> Iterator[TaskRow]:
    """Give all tasks of a filter in the same order, read piece by piece: for exports."""
    for row in read_in_pieces(_sorted(access, where, today)):
        yield _row(row)


def get_task_row(*, access: Access, task_id: str) -> TaskRow:
    """Return one task.

    :raises NotFoundError: if there is none that the caller may see
    """
    row = db.session.execute(_rows(access).where(Task.id == task_id)).one_or_none()
    if row is None:
        raise NotFoundError
    return _row(row)


def count_due(*, access: Access, today: dt.date) -> dict[Due, int]:
    """Return how many tasks that are still to be done are overdue, due today, and due later."""
    rows = db.session.execute(
        select(
            func.count().filter(Task.due_on < today),
            func.count().filter(Task.due_on == today),
            func.count().filter(or_(Task.due_on > today, Task.due_on.is_(None))),
        ).where(
            Task.deleted_at.is_(None),
            Task.state.in_(_OPEN),
            access.rows(Task.rep_id, Task.team_id),
        )
    ).one()
    return dict(zip(Due, (int(count) for count in rows), strict=True))


def _sorted(access: Access, where: TaskFilter, today: dt.date) -> Select[Any]:
    is_open = Task.state.in_(_OPEN)
    return _narrow(_rows(access), where, today).order_by(
        case((is_open, 0), else_=1),
        case((is_open, Task.due_on.is_(None))),
        case((is_open, Task.due_on)),
        Task.updated_at.desc(),
        Task.id,
    )


def _narrow(statement: Select[Any], where: TaskFilter, today: dt.date) -> Select[Any]:
    if where.closed is not None:
        statement = statement.where(
            Task.state.not_in(_OPEN) if where.closed else Task.state.in_(_OPEN)
        )
    if where.due is not None:
        due = {
            Due.OVERDUE: Task.due_on < today,
            Due.TODAY: Task.due_on == today,
            Due.UPCOMING: or_(Task.due_on > today, Task.due_on.is_(None)),
        }[where.due]
        statement = statement.where(Task.state.in_(_OPEN), due)
    if where.team_ids is not None:
        statement = statement.where(Task.team_id.in_(where.team_ids))
    if part := where.search.strip():
        statement = statement.where(
            or_(
                Task.title.icontains(part, autoescape=True),
                Customer.name.icontains(part, autoescape=True),
            )
        )
    for column, value in (
        (Task.state, where.state),
        (Task.rep_id, where.rep_id),
        (Task.customer_id, where.customer_id),
        (Task.visit_id, where.visit_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    return statement


def _rows(access: Access) -> Select[*tuple[Any, ...]]:
    rep, creator = aliased(User), aliased(User)
    return (
        select(
            Task.id,
            Task.version,
            Task.title,
            Task.note,
            Task.rep_id,
            rep.name.label("rep_name"),
            Task.customer_id,
            Customer.name.label("customer_name"),
            Task.visit_id,
            Task.due_on,
            Task.state,
            Task.created_by,
            creator.name.label("creator_name"),
            Task.created_at,
            Task.finished_at,
        )
        .join(rep, rep.id == Task.rep_id)
        .join(creator, creator.id == Task.created_by)
        .outerjoin(Customer, Customer.id == Task.customer_id)
        .where(Task.deleted_at.is_(None), access.rows(Task.rep_id, Task.team_id))
    )


def _row(row: Any) -> TaskRow:
    return TaskRow(**{**row._asdict(), "state": TaskState(row.state)})
