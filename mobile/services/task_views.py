"""What the services hand to the screens of tasks: plain facts."""

from dataclasses import dataclass
from datetime import date

from shared.vocabulary import TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """Something to do."""

    id: str
    title: str
    note: str
    customer_id: str | None
    customer_name: str
    """Empty where it is about no customer, or one that is not on this phone."""
    visit_id: str | None
    due_on: date | None
    state: TaskState
    given_by: str
    """Name of who gave it; empty for the rep's own."""
    needs_you: bool = False
    """Whether the server did not take a change of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskList:
    """The rep's tasks by when they are due, seen from today."""

    today: date
    overdue: tuple[TaskView, ...]
    due_today: tuple[TaskView, ...]
    upcoming: tuple[TaskView, ...]
    finished: tuple[TaskView, ...]
