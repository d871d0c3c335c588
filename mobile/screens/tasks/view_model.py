"""The rep's tasks by when they are due, and finishing one with a way back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from mobile.screens.formats import short_day
from mobile.screens.forms import Choices
from mobile.screens.view_model import Note, RowState, SectionState, ViewModel
from mobile.services.task_views import TaskList, TaskView
from shared.i18n import _, ngettext
from shared.vocabulary import TaskState


class TaskService(Protocol):
    """Knows and finishes tasks."""

    def lists(self) -> TaskList:
        """Return what is to be done by when, and what was finished lately."""

    def get(self, task_id: str) -> TaskView:
        """Return a task."""

    def set_state(self, task_id: str, state: TaskState) -> None:
        """Begin, finish, cancel a task, or take that back."""

    def count_due(self) -> tuple[int, int]:
        """Return how many tasks are overdue, and how many are due today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksState:
    """What the screen shows."""

    summary: str = ""
    sections: tuple[SectionState, ...] = ()
    is_empty: bool = False


class TasksViewModel(ViewModel[TasksState]):
    """Shows the lists and moves tasks on."""

    def __init__(self, *, tasks: TaskService) -> None:
        super().__init__(TasksState())
        self._tasks = tasks

    def refresh(self) -> None:
        """Read the lists anew."""
        lists = self._tasks.lists()
        groups = (
            (_("Overdue"), lists.overdue, "bad"),
            (_("Due today"), lists.due_today, "accent"),
            (_("Later"), lists.upcoming, "primary"),
            (_("Finished"), lists.finished, "unknown"),
        )
        self._show(
            TasksState(
                summary=due_words(len(lists.overdue), len(lists.due_today)),
                sections=tuple(
                    SectionState(
                        text=text, figure=str(len(tasks)), rows=_rows(tasks, lists.today, tone)
                    )
                    for text, tasks, tone in groups
                    if tasks
                ),
                is_empty=not any(tasks for _text, tasks, _tone in groups),
            )
        )

    def title(self, task_id: str) -> str:
        """Return what is to be done."""
        return self._tasks.get(task_id).title

    def words(self, task_id: str) -> str:
        """Return what else is known about a task."""
        task = self._tasks.get(task_id)
        given = _("From %(name)s", name=task.given_by) if task.given_by else ""
        return "\n".join(filter(None, (task.customer_name, task.note, given)))

    def customer_id(self, task_id: str) -> str:
        """Return the customer a task is about; empty for none on this phone."""
        task = self._tasks.get(task_id)
        return task.customer_id or "" if task.customer_name else ""

    def choices(self, task_id: str) -> Choices:
        """Return what can be done with a task."""
        task = self._tasks.get(task_id)
        choices = []
        if task.needs_you:
            choices.append(("sync", "alert-circle-outline", _("See what needs you")))
        if task.state.is_closed:
            choices.append((TaskState.OPEN, "undo", _("Not finished: do it again")))
        else:
            choices.append((TaskState.DONE, "check-circle", _("Done")))
            if task.state is TaskState.OPEN:
                choices.append((TaskState.IN_PROGRESS, "play", _("Begun")))
            choices.append(("change", "pencil-outline", _("Change")))
        if task.customer_name:
            choices.append(("customer", "storefront-outline", _("Open the customer")))
        if not task.state.is_closed:
            choices.append((TaskState.CANCELLED, "cancel", _("No longer needed")))
        return [(str(key), icon, words) for key, icon, words in choices]

    def set_state(self, task_id: str, state: TaskState) -> TaskState:
        """Move a task on; return where it stood before."""
        before = self._tasks.get(task_id).state
        self._tasks.set_state(task_id, state)
        self.refresh()
        return before


def due_words(overdue: int, due_today: int) -> str:
    """Return how much is overdue and due today; empty for neither."""
    parts = []
    if overdue:
        parts.append(ngettext("%(count)s overdue", "%(count)s overdue", overdue))
    if due_today:
        parts.append(ngettext("%(count)s due today", "%(count)s due today", due_today))
    return ", ".join(parts)


def tasks_note(tasks: TaskService) -> Note:
    """Return what the menu says about the tasks."""
    overdue, due_today = tasks.count_due()
    words = due_words(overdue, due_today)
    return Note(text=words or _("Nothing due"), tone="bad" if overdue else "ink2")


def task_row(task: TaskView, today: date, tone: str = "primary") -> RowState:
    """Return a task as a row."""
    is_late = not task.state.is_closed and task.due_on is not None and task.due_on < today
    day = short_day(task.due_on, today) if task.due_on and not task.state.is_closed else ""
    given = _("From %(name)s", name=task.given_by) if task.given_by else ""
    mark, mark_tone = "", "unknown"
    if task.needs_you:
        mark, mark_tone = _("needs you"), "bad"
    elif task.state is TaskState.IN_PROGRESS:
        mark, mark_tone = _("begun"), "info"
    elif task.state is TaskState.CANCELLED:
        mark = _("cancelled")
    return RowState(
        key=task.id,
        title=task.title,
        detail=" · ".join(filter(None, (day, task.customer_name, given))),
        detail_tone="bad" if is_late else "ink2",
        icon="check-bold" if task.state is TaskState.DONE else "clipboard-check-outline",
        icon_tone="good" if task.state is TaskState.DONE else tone,
        mark=mark,
        mark_tone=mark_tone,
        can_open=True,
    )


def _rows(tasks: Iterable[TaskView], today: date, tone: str) -> tuple[RowState, ...]:
    return tuple(task_row(task, today, tone) for task in tasks)
