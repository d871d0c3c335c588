"""Giving tasks to reps, changing them, finishing them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from server.customers.models import Customer
from server.customers.operations import UnknownCustomerError
from server.identity.models import User
from server.platform import audit
from server.platform.access import Access
from server.platform.database import among, db
from server.platform.errors import ProblemError
from server.platform.events import record_changed
from server.platform.held import find, make
from server.tasks.models import Task
from server.teams.queries import team_of_rep, teams_of_reps
from server.visits.models import Visit
from server.visits.operations import UnknownVisitError
from shared.i18n import N_
from shared.vocabulary import Role, TaskState


class UnknownTaskError(ProblemError):
    """No such task of the caller."""

    code = "task.unknown"
    status = 404
    title = N_("This task does not exist.")


class UnknownRepError(ProblemError):
    """Nobody of that id works for the caller."""

    code = "task.unknown_rep"
    status = 404
    title = N_("There is no such rep in your teams.")


class TaskChangedError(ProblemError):
    """Somebody changed the task after the caller had read it."""

    code = "task.changed"
    status = 409
    title = N_("Somebody has changed this task meanwhile.")


@dataclass(slots=True, kw_only=True)
class NewTask:
    """What is known about a task when it is made."""

    task_id: str
    rep_id: str
    title: str
    note: str = ""
    customer_id: str | None = None
    visit_id: str | None = None
    due_on: dt.date | None = None
    content_sha256: bytes | None = None


def create_task(*, task: NewTask, created_by: str, at: dt.datetime, day: dt.date) -> Task:
    """Make an open task. A customer or visit deleted meanwhile does not lose what was promised.

    :param day: local day of `at` for the rep
    :raises UnknownCustomerError: if there never was such a customer
    :raises UnknownVisitError: if there never was such a visit
    """
    if task.customer_id is not None and find(Customer, task.customer_id) is None:
        raise UnknownCustomerError
    if task.visit_id is not None and find(Visit, task.visit_id) is None:
        raise UnknownVisitError
    row = make(
        Task,
        id=task.task_id,
        title=task.title,
        note=task.note,
        rep_id=task.rep_id,
        team_id=team_of_rep(task.rep_id, day),
        customer_id=task.customer_id,
        visit_id=task.visit_id,
        due_on=task.due_on,
        state=TaskState.OPEN,
        created_by=created_by,
        version=1,
        field_versions={},
        created_at=at,
        updated_at=at,
        content_sha256=task.content_sha256,
    )
    record_changed("task", row.id)
    return row


def assign_task(*, access: Access, task: NewTask, at: dt.datetime, day: dt.date) -> Task:
    """Make a task for oneself or for somebody the caller leads.

    :raises UnknownRepError: if the caller does not lead that rep
    :raises UnknownCustomerError: if the caller may not see such a customer
    :raises UnknownVisitError: if the caller may not see such a visit
    """
    _check_rep(access, task.rep_id, day)
    if task.customer_id is not None and not _sees(access, Customer, task.customer_id):
        raise UnknownCustomerError
    if task.visit_id is not None and not _sees(access, Visit, task.visit_id):
        raise UnknownVisitError
    row = create_task(task=task, created_by=access.user_id, at=at, day=day)
    audit.record(
        action="task.assigned", at=at, user_id=access.user_id, subject=row.id, rep_id=row.rep_id
    )
    return row


def change_task(*, task_id: str, fields: dict[str, Any], at: dt.datetime) -> Task:
    """Change a task's fields; a state that ends it notes when that was.

    :raises UnknownTaskError: if there is no such task
    """
    task = get_task(task_id)
    values = dict(fields)
    if "state" in values and values["state"] != task.state:
        values["finished_at"] = at if TaskState(values["state"]).is_closed else None
    if task.change(values, at=at):
        db.session.flush()
        record_changed("task", task.id)
    return task


def edit_task(
    *,
    access: Access,
    task_id: str,
    fields: dict[str, Any],
    at: dt.datetime,
    day: dt.date,
    version: int | None = None,
) -> Task:
    """Change a task the caller may see; `rep_id` gives it to another rep.

    :param version: the version the caller has read; None: whatever it is now
    :raises UnknownTaskError: if there is no such task that the caller may see
    :raises UnknownRepError: if the caller does not lead the new rep
    :raises TaskChangedError: if it is another version by now
    """
    task = get_task(task_id)
    if not _may_see(access, task):
        raise UnknownTaskError
    if version is not None and version != task.version:
        raise TaskChangedError
    values = dict(fields)
    rep_id = values.get("rep_id", task.rep_id)
    if rep_id != task.rep_id:
        _check_rep(access, rep_id, day)
        values["team_id"] = team_of_rep(rep_id, day)
    before = {name: getattr(task, name) for name in ("rep_id", "state")}
    task = change_task(task_id=task.id, fields=values, at=at)
    after = {name: getattr(task, name) for name in before}
    if before != after:
        audit.record(
            action="task.changed",
            at=at,
            user_id=access.user_id,
            subject=task.id,
            before=before,
            after=after,
        )
    return task


def get_task(task_id: str) -> Task:
    """Return a task to be changed; others who would change it wait.

    :raises UnknownTaskError: if there is none
    """
    task = db.session.scalar(select(Task).where(Task.id == task_id).with_for_update())
    if task is None or task.deleted_at is not None:
        raise UnknownTaskError
    return task


def _may_see(access: Access, task: Task) -> bool:
    if access.role is Role.ADMIN or task.rep_id == access.user_id:
        return True
    return access.role is Role.MANAGER and task.team_id in access.team_ids


def hand_over_tasks(
    _sender: object, *, moves: Mapping[str, tuple[str, str]], at: dt.datetime, day: dt.date
) -> None:
    """Give what is to be done at customers who move to the rep they move to."""
    tasks = db.session.scalars(
        select(Task)
        .where(
            among(Task.customer_id, sorted(moves)),
            Task.state.in_((TaskState.OPEN, TaskState.IN_PROGRESS)),
            Task.deleted_at.is_(None),
        )
        .order_by(Task.id)
        .with_for_update()
    ).all()
    moved = [task for task in tasks if task.rep_id == moves[str(task.customer_id)][0]]
    teams = teams_of_reps({moves[str(task.customer_id)][1] for task in moved}, day)
    for task in moved:
        rep_id = moves[str(task.customer_id)][1]
        task.change({"rep_id": rep_id, "team_id": teams.get(rep_id)}, at=at)
    db.session.flush()
    record_changed("task", *(task.id for task in moved))


def _check_rep(access: Access, rep_id: str, day: dt.date) -> None:
    """
    Check that a task may be given to this person.

    :raises UnknownRepError: if not
    """
    rep = db.session.get(User, rep_id)
    if rep is None or not rep.active:
        raise UnknownRepError
    leads = access.role is Role.ADMIN or (
        access.role is Role.MANAGER and team_of_rep(rep_id, day) in access.team_ids
    )
    if not leads and rep_id != access.user_id:
        raise UnknownRepError


def _sees(access: Access, model: type[Customer] | type[Visit], record_id: str) -> bool:
    whose = model.owner_id if model is Customer else model.rep_id  # type: ignore[union-attr]
    condition = access.rows(whose, model.team_id)
    return bool(db.session.scalar(select(model.id).where(model.id == record_id, condition)))
