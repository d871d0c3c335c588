"""Tasks on the phone."""

import datetime as dt
import sqlite3
from typing import Any

from shared.vocabulary import TaskState


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a task on the wire as columns; one made here is open and given by nobody else."""
    return {
        "title": row["title"],
        "note": row.get("note") or "",
        "customer_id": row.get("customer_id"),
        "visit_id": row.get("visit_id"),
        "due_on": row.get("due_on"),
        "state": row.get("state") or TaskState.OPEN,
        "given_by": row.get("given_by") or "",
    }


_TASKS = (
    "SELECT task.*, customer.name AS customer_name FROM task"
    " LEFT JOIN customer ON customer.id = task.customer_id"
)
_OPEN = f"task.state IN ('{TaskState.OPEN}', '{TaskState.IN_PROGRESS}')"


def find(connection: sqlite3.Connection, task_id: str) -> sqlite3.Row | None:
    """Return a task with its customer's name, or None where the phone has none of that id."""
    row: sqlite3.Row | None = connection.execute(
        f"{_TASKS} WHERE task.id = ?", (task_id,)
    ).fetchone()
    return row


def to_do(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return what is still to be done, the earliest day first, without a day last."""
    return connection.execute(
        f"{_TASKS} WHERE {_OPEN} ORDER BY task.due_on IS NULL, task.due_on, task.id"
    ).fetchall()


def finished(connection: sqlite3.Connection, *, limit: int) -> list[sqlite3.Row]:
    """Return what is done or cancelled, the newest first."""
    return connection.execute(
        f"{_TASKS} WHERE NOT {_OPEN} ORDER BY task.id DESC LIMIT ?", (limit,)
    ).fetchall()


def of_customer(connection: sqlite3.Connection, customer_id: str) -> list[sqlite3.Row]:
    """Return what is still to be done at a customer."""
    return connection.execute(
        f"{_TASKS} WHERE {_OPEN} AND task.customer_id = ?"
        " ORDER BY task.due_on IS NULL, task.due_on, task.id",
        (customer_id,),
    ).fetchall()


def count_due(connection: sqlite3.Connection, today: dt.date) -> tuple[int, int]:
    """Return how many tasks are overdue, and how many are due today."""
    overdue, due = connection.execute(
        "SELECT coalesce(sum(due_on < :today), 0), coalesce(sum(due_on = :today), 0) FROM task"  # noqa: S608
        f" WHERE {_OPEN}",
        {"today": today.isoformat()},
    ).fetchone()
    return int(overdue), int(due)
