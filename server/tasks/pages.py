"""Pages of tasks: the list, overdue first, giving and moving them; a visit's tasks on its page."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.customers.queries.customer import find_by_code, get_customer_row
from server.customers.queries.customers import CustomerFilter, CustomerRow, list_customers
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.tasks import operations, queries
from server.tasks.queries import Due, TaskFilter
from server.teams.queries import list_reps
from server.teams.schemas import rep_choice
from server.web.components import Pages, read_page, sortable_columns
from server.web.contributions import Contributor
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from server.web.typed import typed_day, typed_text
from server.web.words import TASK_STATES
from shared.i18n import N_
from shared.schemas.task import LONGEST_NOTE, LONGEST_TITLE
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import TaskState

blueprint = Blueprint("tasks_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="tasks_pages.index",
        label=N_("Tasks"),
        icon="clipboard-text-outline",
        position=36,
        key="t",
    ),
)
PAGE_SIZE = 50
_SUGGESTED = 10
_CLOSED: dict[str, bool | None] = {"": False, "closed": True, "all": None}


@blueprint.get("/tasks")
@signed_in()
def index() -> ResponseReturnValue:
    """List tasks: those to be done first, the most overdue at the top."""
    return _page()


def _page(problem: str = "") -> str:
    access, today = current_access(), business_today()
    found = queries.list_tasks(
        access=access,
        where=_where(),
        today=today,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=request.args.get("sort", ""),
    )
    choices = (
        choice(
            "state",
            gettext("State"),
            {"closed": gettext("Finished"), "all": gettext("All")},
            arguments=request.args,
            everything=gettext("To do"),
        ),
        choice(
            "due",
            gettext("Due"),
            {
                "overdue": gettext("Overdue"),
                "today": gettext("Today"),
                "upcoming": gettext("Later"),
            },
            arguments=request.args,
            everything=gettext("Any day"),
        ),
        rep_choice(access=access, day=today, arguments=request.args),
    )
    return render_template(
        "tasks/index.html",
        tasks=found.rows,
        pages=Pages.of(found),
        sort=request.args.get("sort", ""),
        columns=sortable_columns(
            {
                "title": gettext("Task"),
                "rep_name": gettext("Rep"),
                "customer_name": gettext("Customer"),
                "due_on": gettext("Due"),
                "state": gettext("State"),
            },
        ),
        choices=choices,
        search=request.args.get("q", "")[:80],
        customer=_customer(read_id(request.args, "customer")),
        counts=queries.count_due(access=access, today=today),
        problem=problem,
        **_form(),
    )


@blueprint.get(f"/tasks.{ROUTE}")
@signed_in()
def export(kind: str) -> Response:
    """Return the whole filtered list as a file."""
    header = [
        gettext("Task"),
        gettext("Notes"),
        gettext("Rep"),
        gettext("Customer"),
        gettext("Due"),
        gettext("State"),
        gettext("Given by"),
        gettext("Given on"),
        gettext("Finished on"),
    ]
    today, zone = business_today(), ZoneInfo(current_settings().time_zone)
    rows = (
        [
            row.title,
            row.note,
            row.rep_name,
            row.customer_name,
            row.due_on,
            gettext(TASK_STATES[row.state].label),
            row.creator_name,
            row.created_at.astimezone(zone).date(),
            row.finished_at.astimezone(zone).date() if row.finished_at else None,
        ]
        for row in queries.each_task(access=current_access(), where=_where(), today=today)
    )
    return download("tasks", header, rows, kind=kind)


def _where() -> TaskFilter:
    due = request.args.get("due", "")
    return TaskFilter(
        closed=_CLOSED.get(request.args.get("state", ""), False),
        due=Due(due) if due in set(Due) else None,
        rep_id=read_id(request.args, "rep") or None,
        customer_id=read_id(request.args, "customer") or None,
        search=request.args.get("q", "")[:80],
    )


@blueprint.post("/tasks")
@signed_in()
def create() -> ResponseReturnValue:
    """Give a task to a rep, or to oneself."""
    access, form = current_access(), request.form
    visit_id, customer_id = read_id(form, "visit"), read_id(form, "customer")
    back = url_for("tasks_pages.index")
    if visit_id:
        back = url_for("visits_pages.show", visit_id=visit_id)
    elif customer_id:
        back = url_for("customer_pages.show", customer_id=customer_id, _anchor="tasks")
    if not form.get("title", "").strip():
        return _page(gettext("Write what is to be done.")), 422
    if code := form.get("customer_code", "").strip()[:80]:
        found = find_by_code(access=access, code=code)
        if found is None:
            return _page(gettext("There is no customer of this code that you may see.")), 422
        customer_id = found.id
    try:
        task = operations.NewTask(
            task_id=new_id(),
            rep_id=read_id(form, "rep") or access.user_id,
            title=typed_text("title", most=LONGEST_TITLE),
            note=typed_text("note", most=LONGEST_NOTE),
            customer_id=customer_id or None,
            visit_id=visit_id or None,
            due_on=typed_day("due_on"),
        )
        with transaction():
            operations.assign_task(access=access, task=task, at=utc_now(), day=business_today())
    except ProblemError as problem:
        return _page(gettext(problem.title)), problem.status
    tell(Notice(text=gettext("The task is given.")))
    return redirect(back)


@blueprint.get("/tasks/customers")
@signed_in()
def suggest_customers() -> ResponseReturnValue:
    """Return customers whose code or name holds what is typed, as options of the form's field."""
    text = request.args.get("customer_code", "").replace("\0", "").strip()[:80]
    rows: Sequence[CustomerRow] = ()
    if len(text) > 1:
        where = CustomerFilter(search=text)
        found = list_customers(
            access=current_access(), where=where, size=_SUGGESTED, most_counted=_SUGGESTED
        )
        rows = found.rows
    return render_template("tasks/customers.html", customers=rows)


@blueprint.post("/tasks/<uuid:task_id>")
@signed_in()
def change(task_id: UUID) -> ResponseReturnValue:
    """Move a task on, or give it to another rep, as it was seen in one version."""
    form = request.form
    fields: dict[str, Any] = {}
    if (state := form.get("state", "")) in set(TaskState):
        fields["state"] = TaskState(state)
    if rep_id := read_id(form, "rep"):
        fields["rep_id"] = rep_id
    version = form.get("version", "")
    try:
        if "due_on" in form:
            fields["due_on"] = typed_day("due_on")
        with transaction():
            task = operations.edit_task(
                access=current_access(),
                task_id=str(task_id),
                fields=fields,
                version=int(version) if version.isdecimal() and len(version) < 16 else 0,
                at=utc_now(),
                day=business_today(),
            )
            changed = str(task.version)
    except ProblemError as problem:
        if problem.status == 404 and "rep_id" not in fields:
            raise
        tell(Notice(text=gettext(problem.title), tone="warn"))
    else:
        undo = {}
        if form.get("was", "") in set(TaskState):
            undo = {"state": form["was"], "was": form.get("state", ""), "version": changed}
        tell(
            Notice(
                text=gettext("The task is changed."),
                undo_url=url_for("tasks_pages.change", task_id=task_id) if undo else "",
                fields=undo,
            )
        )
    return redirect(url_for("tasks_pages.index"))


def _card_of_visit(*, visit_id: str) -> str:
    found = queries.list_tasks(
        access=current_access(), where=TaskFilter(visit_id=visit_id), today=business_today()
    )
    return render_template("tasks/visit.html", tasks=found.rows, visit_id=visit_id, **_form())


def _card_of_customer(*, customer_id: str) -> str:
    found = queries.list_tasks(
        access=current_access(),
        where=TaskFilter(customer_id=customer_id, closed=False),
        today=business_today(),
        size=_SUGGESTED,
    )
    return render_template(
        "tasks/customer.html", tasks=found.rows, total=found.total, customer=customer_id, **_form()
    )


def _customer(customer_id: str) -> CustomerRow | None:
    """Return the customer whose tasks are asked for; None where there is none to be seen."""
    if not customer_id:
        return None
    try:
        return get_customer_row(access=current_access(), customer_id=customer_id)
    except NotFoundError:
        return None


def _form() -> dict[str, Any]:
    """Return what the lists and forms need."""
    access, today = current_access(), business_today()
    return {
        "states": TASK_STATES,
        "today": today,
        "tomorrow": today + dt.timedelta(days=1),
        "reps": list_reps(access=access, day=today),
        "longest_title": LONGEST_TITLE,
        "typed": request.form,
    }


CONTRIBUTIONS: dict[str, Contributor] = {
    "visit": _card_of_visit,
    "customer.side": _card_of_customer,
}
