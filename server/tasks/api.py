"""Tasks for programs: the list with its filters, giving one to a rep, changing it."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.paging import Page
from server.platform.transaction import transaction
from server.tasks import operations, queries
from server.tasks.queries import TaskFilter, TaskRow
from server.tasks.schemas import (
    NewTaskSchema,
    TaskChangeSchema,
    TaskPageSchema,
    TaskQuerySchema,
    TaskRowSchema,
)
from server.teams.queries import team_with_descendants
from shared.sync.ids import new_id
from shared.time import utc_now

blueprint = Blueprint("tasks", __name__, url_prefix="/api/v1/tasks", description="Tasks.")


@blueprint.get("")
@signed_in()
@blueprint.arguments(TaskQuerySchema, location="query")
@blueprint.response(200, TaskPageSchema)
def list_tasks(query: dict[str, Any]) -> Page[TaskRow]:
    """Return a page of the tasks the caller may see, the most overdue first."""
    where = TaskFilter(
        closed=query.get("closed"),
        state=query.get("state"),
        due=query.get("due"),
        rep_id=_text(query.get("rep")),
        team_ids=team_with_descendants(str(query["team"])) if "team" in query else None,
        customer_id=_text(query.get("customer")),
        visit_id=_text(query.get("visit")),
        search=query["search"],
    )
    return queries.list_tasks(
        access=current_access(),
        where=where,
        today=business_today(),
        page=query["page"],
        size=query["size"],
    )


@blueprint.post("")
@signed_in()
@blueprint.arguments(NewTaskSchema)
@blueprint.response(201, TaskRowSchema)
def assign_task(body: dict[str, Any]) -> TaskRow:
    """Make a task for oneself, or for a rep one leads."""
    access = current_access()
    task = operations.NewTask(
        task_id=new_id(),
        rep_id=_text(body.get("rep")) or access.user_id,
        title=body["title"],
        note=body["note"],
        customer_id=_text(body.get("customer")),
        visit_id=_text(body.get("visit")),
        due_on=body.get("due_on"),
    )
    with transaction():
        operations.assign_task(access=access, task=task, at=utc_now(), day=business_today())
    return queries.get_task_row(access=access, task_id=task.task_id)


@blueprint.get("/<uuid:task_id>")
@signed_in()
@blueprint.response(200, TaskRowSchema)
def get_task(task_id: UUID) -> TaskRow:
    """Return one task."""
    return queries.get_task_row(access=current_access(), task_id=str(task_id))


@blueprint.patch("/<uuid:task_id>")
@signed_in()
@blueprint.arguments(TaskChangeSchema)
@blueprint.response(200, TaskRowSchema)
def edit_task(body: dict[str, Any], task_id: UUID) -> TaskRow:
    """Change a task, finish it, or give it to another rep."""
    access = current_access()
    fields = {name: value for name, value in body.items() if name not in {"version", "rep"}}
    if "rep" in body:
        fields["rep_id"] = str(body["rep"])
    with transaction():
        operations.edit_task(
            access=access,
            task_id=str(task_id),
            fields=fields,
            version=body.get("version"),
            at=utc_now(),
            day=business_today(),
        )
    return queries.get_task_row(access=access, task_id=str(task_id))


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
