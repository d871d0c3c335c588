"""Runs of the import that were asked for over the web, and the rows they refused."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime


class RunState(StrEnum):
    """Where a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class ImportRun(Model):
    """One import of uploaded files. They lie in the data folder until it has finished."""

    __tablename__ = "import_run"
    __table_args__ = (Index("ix_import_run_state", "state"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    mapping: Mapped[str] = mapped_column(String(80))
    dry_run: Mapped[bool]
    state: Mapped[RunState] = mapped_column(String(10), default=RunState.WAITING)
    asked_by: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    asked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    rows_done: Mapped[int] = mapped_column(default=0)
    counts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Per step of the mapping: file, entity, and how many rows were created, updated, ..."""
    failure: Mapped[str] = mapped_column(Text, default="")
    """Why nothing (more) was read, where the run failed as a whole."""


class ImportProblem(Model):
    """A row that was refused, and why."""

    __tablename__ = "import_problem"

    run_id: Mapped[str] = mapped_column(
        Id, ForeignKey("import_run.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    file: Mapped[str] = mapped_column(String(120))
    line: Mapped[int]
    column: Mapped[str] = mapped_column(String(120))
    code: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(80))
