"""What the rep is to do: lists by day, quick tasks, and finishing them."""

import datetime as dt
import sqlite3
from collections.abc import Mapping
from typing import Any

from mobile.services.recorder import NOTHING, Columns, Recorder, ServiceError
from mobile.services.task_views import TaskList, TaskView
from mobile.storage import device, records, tasks, visits
from shared.sync.ids import new_id
from shared.time import business_day
from shared.vocabulary import TaskState

_FINISHED = 20


class TaskUnknownError(ServiceError):
    """The phone has no task of that id, or has it no longer."""

    code = "task_unknown"


class TaskService:
    """The rep's tasks."""

    def __init__(self, *, recorder: Recorder) -> None:
        self._recorder = recorder
        self._database = recorder.database

    def today(self) -> dt.date:
        """Return the rep's day now."""
        return today_of(self._recorder)

    def lists(self) -> TaskList:
        """Return what is to be done by when, and what was finished lately."""
        today = self.today()
        with self._database.read() as connection:
            needing = records.needing(connection)
            to_do = [_view(row, needing) for row in tasks.to_do(connection)]
            finished = [_view(row, needing) for row in tasks.finished(connection, limit=_FINISHED)]
        return TaskList(
            today=today,
            overdue=tuple(task for task in to_do if task.due_on and task.due_on < today),
            due_today=tuple(task for task in to_do if task.due_on == today),
            upcoming=tuple(task for task in to_do if task.due_on is None or task.due_on > today),
            finished=tuple(finished),
        )

    def count_due(self) -> tuple[int, int]:
        """Return how many tasks are overdue, and how many are due today."""
        with self._database.read() as connection:
            return tasks.count_due(connection, self.today())

    def get(self, task_id: str, *, tried: Mapping[str, Any] = NOTHING) -> TaskView:
        """
        Return a task.

        :param tried: fields as the rep wanted them, which the office refused
        :raises TaskUnknownError: if the phone has none of that id
        """
        with self._database.read() as connection:
            row = {**dict(_get(connection, task_id)), **tried}
            return _view(row, records.needing(connection))

    def of_customer(self, customer_id: str) -> tuple[TaskView, ...]:
        """Return what is to be done at a customer."""
        with self._database.read() as connection:
            needing = records.needing(connection)
            return tuple(_view(row, needing) for row in tasks.of_customer(connection, customer_id))

    def create(
        self,
        *,
        title: str,
        note: str = "",
        due_on: dt.date | None = None,
        customer_id: str | None = None,
        visit_id: str | None = None,
    ) -> str:
        """
        Note something to do; return its id. Promised in a visit, it is about its customer.

        :raises shared.schemas.record.InvalidRecordError: naming the field and the reason
        """
        task_id = new_id()
        with self._recorder.action() as action:
            visit = visits.find(action.connection, visit_id) if visit_id else None
            data = {
                "title": title.strip(),
                "note": note.strip(),
                "customer_id": visit["customer_id"] if visit else customer_id,
                "visit_id": visit_id,
                "due_on": due_on.isoformat() if due_on else None,
            }
            action.create("task", task_id, data)
        return task_id

    def change(self, task_id: str, *, title: str, note: str, due_on: dt.date | None) -> None:
        """
        Change a task's words and day; nothing is recorded where nothing differs.

        :raises TaskUnknownError: if the phone has none of that id
        :raises shared.schemas.record.InvalidRecordError: naming the field and the reason
        """
        wanted = {
            "title": title.strip(),
            "note": note.strip(),
            "due_on": due_on.isoformat() if due_on else None,
        }
        with self._recorder.action() as action:
            row = _get(action.connection, task_id)
            changed = {name: value for name, value in wanted.items() if row[name] != value}
            if changed or action.is_refused("task", task_id):
                action.patch("task", task_id, changed)

    def set_state(self, task_id: str, state: TaskState) -> None:
        """
        Begin, finish, cancel a task, or take that back.

        :raises TaskUnknownError: if the phone has none of that id
        """
        with self._recorder.action() as action:
            if _get(action.connection, task_id)["state"] != state:
                action.patch("task", task_id, {"state": str(state)})


def today_of(recorder: Recorder) -> dt.date:
    """Return the rep's day as well as the phone knows the time."""
    reading = recorder.read_clock()
    with recorder.database.read() as connection:
        state = device.get(connection)
        return business_day(state.true_time(reading), state.time_zone)


def _get(connection: sqlite3.Connection, task_id: str) -> sqlite3.Row:
    row = tasks.find(connection, task_id)
    if row is None:
        raise TaskUnknownError(task_id)
    return row


def _view(row: Columns, needing: frozenset[str]) -> TaskView:
    return TaskView(
        id=row["id"],
        title=row["title"],
        note=row["note"],
        customer_id=row["customer_id"],
        customer_name=row["customer_name"] or "",
        visit_id=row["visit_id"],
        due_on=dt.date.fromisoformat(row["due_on"]) if row["due_on"] else None,
        state=TaskState(row["state"]),
        given_by=row["given_by"],
        needs_you=row["id"] in needing,
    )
