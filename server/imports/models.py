"""Runs of the import that were asked for over the web, and the rows they refused."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime, db


class RunState(StrEnum):
    """Where a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


class ChangeState(StrEnum):
    """What became of a row that a run has written."""

    WRITTEN = "written"
    BACK = "back"
    CHANGED = "changed"
    """It stays: somebody changed it after the run."""
    IN_USE = "in_use"
    """It stays: the run made it, and something was done with it."""


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
    undone_by: Mapped[str | None] = mapped_column(Id)
    """Who asked for it to be taken back."""
    undone_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When all of it was gone through."""


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


class ImportChange(Model):
    """A row that a run made or changed, with what taking it back needs; kept for some weeks."""

    __tablename__ = "import_change"
    __table_args__ = (
        Index("uq_import_change_record_id_run_id", "record_id", "run_id", unique=True),
        Index("ix_import_change_run_id_state_id", "run_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(db.Integer, "sqlite"), primary_key=True
    )
    """In the order in which they were written."""
    run_id: Mapped[str] = mapped_column(Id, ForeignKey("import_run.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    """Name of its table."""
    record_id: Mapped[str] = mapped_column(Id)
    label: Mapped[str] = mapped_column(String(80))
    """What the file calls it: a code, or a day."""
    made: Mapped[bool]
    version: Mapped[int] = mapped_column(BigInteger)
    """That the run has given it, or undoing a later run; 0 for a table without versions."""
    base_version: Mapped[int] = mapped_column(BigInteger)
    """That the run has found; 0 for a row that it made."""
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    """By column what stood there; of custom fields by `custom.<key>`."""
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    """By column what the run wrote, of a table without versions."""
    beside: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What stood in other tables: `tenures`, `lines`, `moves`; and `cost_since`."""
    state: Mapped[ChangeState] = mapped_column(String(10), default=ChangeState.WRITTEN)
