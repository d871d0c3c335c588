"""Imports for programs: send files, look how far they are, fetch the refused rows."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from flask import Response, request
from flask_babel import gettext
from flask_smorest import Blueprint
from werkzeug.datastructures import FileStorage

from server.imports.models import ImportProblem, ImportRun
from server.imports.operations import uploads
from server.imports.operations.mapping_file import shipped_mapping, shipped_mappings
from server.imports.operations.reasons import REASONS
from server.imports.queries import runs
from server.imports.schemas import (
    ImportFilesSchema,
    ImportFormSchema,
    ImportProblemSchema,
    ImportRunSchema,
    MappingSchema,
)
from server.platform.auth import current_access, signed_in
from server.platform.errors import ForbiddenError
from server.platform.json import answers
from server.platform.queues import QueueNames, nudge
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.web.downloads import csv_response
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import Role

P = ParamSpec("P")
R = TypeVar("R")

blueprint = Blueprint("imports", __name__, url_prefix="/api/v1/imports", description="Imports.")


def _takes_files(view: Callable[P, R]) -> Callable[P, R]:
    """Let this request be larger than others. Stands after the check who is calling.

    A form, unlike JSON, can be sent by another site's page: browsers say where it came from.
    """

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        if request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
            raise ForbiddenError
        request.max_content_length = uploads.MOST_BYTES
        return view(*args, **kwargs)

    return wrapped


@blueprint.get("/mappings")
@signed_in(Role.ADMIN)
@blueprint.response(200, MappingSchema(many=True))
def list_mappings() -> list[dict[str, Any]]:
    """Return the mappings that come with Tapak, and the files each reads."""
    mappings = [shipped_mapping(name) for name in shipped_mappings()]
    return [
        {"name": item.name, "description": item.description, "files": list(item.files())}
        for item in mappings
    ]


@blueprint.post("")
@signed_in(Role.ADMIN)
@_takes_files
@blueprint.arguments(ImportFormSchema, location="form")
@blueprint.arguments(ImportFilesSchema, location="files")
@blueprint.response(202, ImportRunSchema)
def ask_for_import(form: dict[str, Any], sent: dict[str, Any]) -> ImportRun:
    """Import CSV files. The answer comes at once; the run says how far it is."""
    own: FileStorage | None = sent["mapping_file"]
    chosen = uploads.choose_mapping(
        name=form["mapping"],
        sent=own.stream.read() if own else None,
        sent_name=(own.filename or "") if own else "",
    )
    run_id = new_id()
    settings = current_settings()
    uploads.keep_files(
        folder=uploads.folder_of(run_id, settings.data),
        chosen=chosen,
        files=[(file.filename or "", file.stream) for file in sent["files"]],
    )
    with transaction():
        run = uploads.ask_for_run(
            run_id=run_id,
            mapping=chosen.mapping.name,
            dry_run=form["dry_run"],
            asked_by=current_access().user_id,
            at=utc_now(),
        )
    nudge(uploads.JOB, queue=QueueNames.PERIODIC)
    return run


@blueprint.get("")
@signed_in(Role.ADMIN)
@blueprint.response(200, ImportRunSchema(many=True))
def list_imports() -> list[ImportRun]:
    """Return the latest runs, newest first."""
    return runs.list_runs(access=current_access())


@blueprint.get("/<uuid:run_id>")
@signed_in(Role.ADMIN)
@blueprint.response(200, ImportRunSchema)
def get_import(run_id: UUID) -> ImportRun:
    """Return a run: its state, how many rows it has read, and what came of them."""
    return runs.get_run(str(run_id), access=current_access())


@blueprint.get("/<uuid:run_id>/problems")
@signed_in(Role.ADMIN)
@blueprint.response(200, ImportProblemSchema(many=True))
def list_problems(run_id: UUID) -> list[dict[str, Any]]:
    """Return the refused rows with line and reason, in the caller's language."""
    return [_plain(problem) for problem in _problems(run_id)]


@blueprint.get("/<uuid:run_id>/problems.csv")
@signed_in(Role.ADMIN)
@blueprint.doc(responses=answers("text/csv"))
def export_problems(run_id: UUID) -> Response:
    """Return the refused rows as a CSV file."""
    header = ("file", "line", "column", "code", "reason", "value")
    rows = [[_plain(problem)[name] for name in header] for problem in _problems(run_id)]
    return csv_response("import-problems", header, rows)


def _problems(run_id: UUID) -> list[ImportProblem]:
    access = current_access()
    return runs.list_problems(runs.get_run(str(run_id), access=access).id, access=access)


def _plain(problem: ImportProblem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "code": problem.code,
        "reason": gettext(REASONS[problem.code]),
        "value": problem.value,
    }
