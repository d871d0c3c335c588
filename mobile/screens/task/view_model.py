"""One task: noted quickly, from a visit or a customer, or changed afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol

from mobile.screens.formats import short_day
from mobile.screens.forms import (
    Choices,
    DraftKeeper,
    FormState,
    FormViewModel,
    days_ahead,
    field_problem,
    read_day,
)
from mobile.screens.view_model import Drafts
from mobile.services.customer_views import CustomerDetail
from mobile.services.recorder import NOTHING
from mobile.services.task_views import TaskView
from shared.i18n import _
from shared.schemas.limits import InvalidRecordError


class TaskService(Protocol):
    """Notes and changes tasks."""

    def today(self) -> date:
        """Return the rep's day now."""

    def get(self, task_id: str, *, tried: Mapping[str, Any] = NOTHING) -> TaskView:
        """Return a task, with what the office refused of it laid on top."""

    def create(
        self,
        *,
        title: str,
        note: str = "",
        due_on: date | None = None,
        customer_id: str | None = None,
        visit_id: str | None = None,
    ) -> str:
        """Note something to do."""

    def change(self, task_id: str, *, title: str, note: str, due_on: date | None) -> None:
        """Change a task's words and day."""


class CustomerService(Protocol):
    """Knows customers by id."""

    def get(self, customer_id: str) -> CustomerDetail:
        """Return a customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState(FormState):
    """What the form shows."""

    task_id: str = ""
    """Empty: a new one."""
    title: str = ""
    note: str = ""
    due: str = ""
    """ISO date; empty for no day."""
    due_words: str = ""
    customer_id: str = ""
    customer: str = ""
    visit_id: str = ""
    is_saved: bool = False


class TaskViewModel(FormViewModel[TaskState]):
    """Keeps what is typed at once as a draft, and makes it a task when the rep says so."""

    def __init__(self, *, tasks: TaskService, customers: CustomerService, drafts: Drafts) -> None:
        super().__init__(TaskState())
        self._tasks = tasks
        self._customers = customers
        self._draft = DraftKeeper(drafts, "task_draft")

    def begin(
        self,
        task_id: str = "",
        *,
        customer_id: str = "",
        visit_id: str = "",
        tried: Mapping[str, Any] = NOTHING,
    ) -> None:
        """Open a task, or a new one; what was typed into the same one before is there again.

        :param tried: what the office refused of it, to be corrected
        """
        same = {"task_id": task_id, "customer_id": customer_id, "visit_id": visit_id}
        if task_id:
            task = self._tasks.get(task_id, tried=tried)
            due = task.due_on.isoformat() if task.due_on else ""
            fields = {"title": task.title, "note": task.note, "due": due}
        else:
            tomorrow = self._tasks.today() + timedelta(days=1)
            fields = {"title": "", "note": "", "due": tomorrow.isoformat()}
        kept, self._untouched = self._draft.read(), fields
        if kept and {name: kept.get(name) for name in same} == same:
            fields = {name: kept[name] for name in fields}
        name = self._customer_of(task_id, customer_id)
        self._render(
            TaskState(
                task_id=task_id,
                customer_id=customer_id,
                visit_id=visit_id,
                title=fields["title"],
                note=fields["note"],
                due=fields["due"],
                customer=name,
            )
        )

    def refresh(self) -> None:
        """Say the day in the language of now."""
        self._render(self.state)

    def days(self) -> Choices:
        """Return days to choose from."""
        return days_ahead(self._tasks.today())

    def choose_day(self, key: str) -> None:
        """Take the day."""
        day = read_day(key)
        self._render(replace(self.state, due=day.isoformat() if day else ""))
        self.keep()

    def keep(self) -> None:
        """Keep the draft, unless it was saved."""
        state = self.state
        if not state.is_saved:
            names = ("task_id", "customer_id", "visit_id", "title", "note", "due")
            self._draft.keep({name: getattr(state, name) for name in names})

    def save(self) -> None:
        """Save the task, or say what is wrong."""
        state, due = self.state, read_day(self.state.due)
        try:
            if state.task_id:
                self._tasks.change(state.task_id, title=state.title, note=state.note, due_on=due)
            else:
                self._tasks.create(
                    title=state.title,
                    note=state.note,
                    due_on=due,
                    customer_id=state.customer_id or None,
                    visit_id=state.visit_id or None,
                )
        except InvalidRecordError as error:
            self._show(replace(state, problems=((error.field, field_problem(error)),)))
            return
        self._draft.clear()
        self._show(replace(state, is_saved=True))

    def _customer_of(self, task_id: str, customer_id: str) -> str:
        if task_id:
            return self._tasks.get(task_id).customer_name
        return self._customers.get(customer_id).customer.name if customer_id else ""

    def _render(self, state: TaskState) -> None:
        day = read_day(state.due)
        words = short_day(day, self._tasks.today()) if day else _("No day")
        self._show(replace(state, due_words=words))
