"""Imports asked for over the web: waiting, running, finished or failed."""

import datetime as dt
import json
from collections.abc import Collection
from typing import cast

from sqlalchemy import Table, delete, insert, or_, select

from server.imports.models import ImportProblem, ImportRun, RunState
from server.imports.operations.mapping import Mapping
from server.imports.operations.report import Outcome, Report
from server.imports.operations.sources import WrongFilesError
from server.platform import audit
from server.platform.database import db
from server.platform.errors import InvalidInputError, ProblemError

ABANDONED_AFTER = dt.timedelta(minutes=15)
"""Longer than a job may take: whoever ran it was killed, and it is taken up again."""


def check_uploaded(mapping: Mapping, names: Collection[str]) -> None:
    """Check that exactly the mapping's files were sent.

    :raises WrongFilesError: if some are missing or not known
    """
    needed = set(mapping.files())
    errors = {name: ["missing_file"] for name in needed - set(names)}
    errors |= {name: ["unknown_file"] for name in set(names) - needed}
    if errors:
        raise WrongFilesError(errors)


def ask_for_run(
    *, run_id: str, mapping: str, dry_run: bool, asked_by: str, at: dt.datetime
) -> ImportRun:
    """Put a run into the line of those to be done; its files are in place already."""
    run = ImportRun(
        id=run_id,
        mapping=mapping,
        dry_run=dry_run,
        state=RunState.WAITING,
        asked_by=asked_by,
        asked_at=at,
        rows_done=0,
        counts=[],
        failure="",
    )
    db.session.add(run)
    audit.record(
        action="import.asked", at=at, user_id=asked_by, subject=mapping, run=run_id, dry=dry_run
    )
    db.session.flush()
    return run


def take_waiting_run(*, at: dt.datetime) -> ImportRun | None:
    """Start the oldest run that waits, or was left by a worker that was killed; None if none is."""
    abandoned = (ImportRun.state == RunState.RUNNING) & (
        ImportRun.started_at < at - ABANDONED_AFTER
    )
    run = db.session.scalars(
        select(ImportRun)
        .where(or_(ImportRun.state == RunState.WAITING, abandoned))
        .order_by(ImportRun.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if run is not None:
        run.state = RunState.RUNNING
        run.started_at = at
    return run


def note_progress(*, run_id: str, report: Report, rows_done: int) -> None:
    """Keep how far a run is."""
    run = db.session.get_one(ImportRun, run_id)
    run.rows_done = rows_done
    run.counts = report.counts()


def finish_run(*, run_id: str, report: Report, at: dt.datetime) -> None:
    """Keep the report of a run that went to its end."""
    run = db.session.get_one(ImportRun, run_id)
    run.state = RunState.FINISHED
    run.finished_at = at
    run.counts = report.counts()
    _keep_problems(run_id, report)
    audit.record(
        action="import.finished",
        at=at,
        user_id=run.asked_by,
        subject=run.mapping,
        run=run_id,
        refused=report.total(Outcome.REFUSED),
    )


def fail_run(*, run_id: str, problem: ProblemError, at: dt.datetime) -> None:
    """Keep why a run could not be done at all."""
    run = db.session.get_one(ImportRun, run_id)
    run.state = RunState.FAILED
    run.finished_at = at
    run.failure = sentence(problem)


def sentence(problem: ProblemError) -> str:
    """Return a problem as people read it: title, detail, and the places that are wrong."""
    lines = [problem.title or problem.code]
    if problem.detail:
        lines.append(problem.detail)
    if isinstance(problem, InvalidInputError):
        lines.append(json.dumps(problem.errors, indent=2, ensure_ascii=False))
    return "\n".join(lines)


def _keep_problems(run_id: str, report: Report) -> None:
    # A run that was taken up again reports anew.
    db.session.execute(delete(ImportProblem).where(ImportProblem.run_id == run_id))
    rows = [
        {
            "run_id": run_id,
            "position": position,
            "file": problem.file,
            "line": problem.line,
            "column": problem.column[:120],
            "code": problem.code,
            "value": problem.value.replace("\x00", "\ufffd"),
        }
        for position, problem in enumerate(report.problems, start=1)
    ]
    if rows:
        db.session.execute(insert(cast("Table", ImportProblem.__table__)), rows)
