"""The job that works off imports asked for over the web."""

import shutil
from pathlib import Path

from server.identity.queries import find_active_user
from server.imports.models import ImportRun
from server.imports.operations import undo, uploads
from server.imports.operations.mapping_file import parse_mapping
from server.imports.operations.report import Report
from server.imports.operations.run import import_files
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ForbiddenError, ProblemError
from server.platform.settings import Settings, current_settings
from server.platform.transaction import transaction
from shared.time import business_day, utc_now
from shared.vocabulary import Role


def run_waiting_imports(**_: object) -> None:
    """Do all imports that wait, oldest first. May be called at any time, twice, or too often."""
    while True:
        with transaction():
            run = uploads.take_waiting_run(at=utc_now())
            if run is not None:
                db.session.expunge(run)
        if run is None:
            break
        _do(run)
    db.session.remove()


def take_back_imports(**_: object) -> None:
    """Take back all runs that somebody wants back. May be called at any time, twice, too often."""
    settings, is_more = current_settings(), True
    while is_more:
        at = utc_now()
        with transaction():
            is_more = undo.take_back_next(at=at, today=business_day(at, settings.time_zone))
    db.session.remove()


def _do(run: ImportRun) -> None:
    settings = current_settings()
    folder = uploads.folder_of(run.id, settings.data)
    try:
        report = _import(run, folder, settings)
    except ProblemError as problem:
        with transaction():
            uploads.fail_run(run_id=run.id, problem=problem, at=utc_now())
    else:
        with transaction():
            uploads.finish_run(run_id=run.id, report=report, at=utc_now())
    shutil.rmtree(folder, ignore_errors=True)


def _import(run: ImportRun, folder: Path, settings: Settings) -> Report:
    def show_progress(report: Report, rows_done: int, _rows: int) -> None:
        with transaction():
            uploads.note_progress(run_id=run.id, report=report, rows_done=rows_done)

    at = utc_now()
    return import_files(
        mapping=parse_mapping((folder / uploads.MAPPING_FILE).read_text("utf-8"), name=run.mapping),
        folder=folder / uploads.FILES,
        access=_access(run.asked_by),
        at=at,
        today=business_day(at, settings.time_zone),
        time_zone=settings.time_zone,
        reporting_currency=settings.reporting_currency,
        dry_run=run.dry_run,
        run_id=run.id,
        transaction=transaction,
        progress=show_progress,
    )


def _access(user_id: str) -> Access:
    """Return what the person may do now, which may be less than when they asked."""
    user = find_active_user(user_id)
    if user is None:
        raise ForbiddenError
    return Access(user_id=user.id, role=Role(user.role))
