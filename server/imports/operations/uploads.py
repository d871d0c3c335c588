"""Imports asked for over the web: waiting, running, finished or failed."""

import datetime as dt
import json
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from sqlalchemy import Table, delete, insert, or_, select

from server.imports.models import ImportProblem, ImportRun, RunState
from server.imports.operations.entities import check_mapping
from server.imports.operations.journal import forget_old_changes
from server.imports.operations.mapping import Mapping
from server.imports.operations.mapping_file import (
    SHIPPED,
    WrongMappingError,
    parse_mapping,
    shipped_mapping,
)
from server.imports.operations.report import Outcome, Report
from server.imports.operations.sources import WrongFilesError
from server.platform import audit
from server.platform.database import db
from server.platform.errors import InvalidInputError, ProblemError

ABANDONED_AFTER = dt.timedelta(minutes=15)
"""Longer than a job may take: whoever ran it was killed, and it is taken up again."""

JOB = "server.imports.jobs.run_waiting_imports"
MOST_BYTES = 200 * 1024 * 1024
"""Of all files of a run together."""
MAPPING_FILE = "mapping.toml"
FILES = "files"


@dataclass(frozen=True)
class ChosenMapping:
    """A mapping with its text, which is kept beside the files."""

    mapping: Mapping
    toml: str


def choose_mapping(*, name: str, sent: bytes | None, sent_name: str = "") -> ChosenMapping:
    """Return the mapping that was sent, else the one of this name; its fields are checked.

    :raises WrongMappingError: if there is neither, or it has mistakes
    :raises UnknownMappingError: if no mapping of this name comes with the product
    """
    if sent is not None:
        toml = _decode(sent)
        mapping = parse_mapping(toml, name=Path(sent_name or "mapping").stem[:80])
    elif name:
        mapping = shipped_mapping(name)
        toml = (SHIPPED / f"{name}.toml").read_text("utf-8")
    else:
        raise WrongMappingError({"mapping": ["Name a mapping or send one as mapping_file."]})
    check_mapping(mapping)
    return ChosenMapping(mapping, toml)


def _decode(sent: bytes) -> str:
    try:
        return sent.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongMappingError({"toml": ["Must be UTF-8."]}) from error


def folder_of(run_id: str, data: Path) -> Path:
    """Return where the files of a run lie until it is done."""
    return data / "imports" / run_id


def keep_files(
    *, folder: Path, chosen: ChosenMapping, files: Sequence[tuple[str, IO[bytes]]]
) -> None:
    """Keep uploaded files for the job. They have just the names the mapping gives them.

    :raises WrongFilesError: if some are missing or not known; nothing is kept then
    """
    _check_names(chosen.mapping, [name for name, _stream in files])
    (folder / FILES).mkdir(parents=True)
    (folder / MAPPING_FILE).write_text(chosen.toml, "utf-8")
    for name, stream in files:
        with (folder / FILES / name).open("wb") as kept:
            shutil.copyfileobj(stream, kept)


def _check_names(mapping: Mapping, names: Collection[str]) -> None:
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
    forget_old_changes(at=at)
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
