"""Pages of the import: send files, watch them being read, see which rows were refused."""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.customers.queries.kept_columns import KeptColumn, kept_columns, kept_values
from server.fields.operations import LONGEST_LABEL, FieldError
from server.fields.queries import definitions
from server.imports.models import ChangeState, RunState
from server.imports.operations import undo, uploads
from server.imports.operations.mapping_file import (
    columns_to_fill_in,
    shipped_mapping,
    shipped_mappings,
)
from server.imports.operations.own_fields import UnfitValuesError, adopt_column
from server.imports.operations.reasons import OF_FILES, REASONS
from server.imports.operations.uploads import MOST_BYTES
from server.imports.queries import exports, runs
from server.platform.auth import current_access, signed_in
from server.platform.errors import InvalidInputError, NotFoundError, ProblemError
from server.platform.queues import QueueNames, nudge
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.web.components import FoundRows
from server.web.contributions import Contributor
from server.web.downloads import ROUTE, download
from server.web.field_values import KINDS
from server.web.forms import carry_out
from server.web.languages import current_language
from server.web.links import page_of
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from server.web.site import takes_up_to
from shared.i18n import N_
from shared.sync.ids import new_id
from shared.time import Period, utc_now
from shared.vocabulary import FieldKind, Role

blueprint = Blueprint("imports_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="imports_pages.index",
        label=N_("Import"),
        icon="file-upload-outline",
        position=80,
        roles=frozenset({Role.ADMIN}),
    ),
)
STATES = {
    RunState.WAITING: (N_("Waiting"), "unknown", "clock-outline"),
    RunState.RUNNING: (N_("Being read"), "info", "timer-outline"),
    RunState.FINISHED: (N_("Done"), "good", "check-circle-outline"),
    RunState.FAILED: (N_("Not possible"), "bad", "alert-circle-outline"),
    RunState.UNDOING: (N_("Being taken back"), "info", "undo"),
    RunState.UNDONE: (N_("Taken back"), "unknown", "undo"),
}
_IN_THE_WORKS = frozenset({RunState.WAITING, RunState.RUNNING, RunState.UNDOING})
_WHY_IT_STAYED = {
    ChangeState.CHANGED: N_("Somebody changed it since."),
    ChangeState.IN_USE: N_("Something was done with it since."),
}
_KINDS = {
    "customer": N_("Customer"),
    "product": N_("Product"),
    "deal": N_("Deal"),
    "journey_stop": N_("Stop"),
    "target": N_("Target"),
    "cost": N_("Cost"),
}
"""What is taken back, by its table."""
_NOT_UNDONE = {
    "team": N_("Teams"),
    "user": N_("People"),
    "working_time": N_("Working time of people"),
    "ramp": N_("Ramps of new reps"),
    "holiday": N_("Holidays"),
    "exchange_rate": N_("Exchange rates"),
}
"""What stays, by its name in a mapping."""
_SHOWN = 200
_VALUES_SHOWN = 20


@blueprint.get("/imports")
@signed_in(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show the form and the latest runs."""
    return _index()


@blueprint.post("/imports")
@signed_in(Role.ADMIN)
@takes_up_to(MOST_BYTES)
def ask() -> ResponseReturnValue:
    """Keep the files and put the run in line; show what is wrong with them otherwise."""
    own = request.files.get("mapping_file")
    files = [file for file in request.files.getlist("files") if file.filename]
    run_id = new_id()
    settings = current_settings()
    try:
        chosen = uploads.choose_mapping(
            name=request.form.get("mapping", ""),
            sent=own.stream.read() if own and own.filename else None,
            sent_name=(own.filename or "") if own else "",
        )
        uploads.keep_files(
            folder=uploads.folder_of(run_id, settings.data),
            chosen=chosen,
            files=[(file.filename or "", file.stream) for file in files],
        )
    except ProblemError as problem:
        return _index(problem), problem.status
    with transaction():
        uploads.ask_for_run(
            run_id=run_id,
            mapping=chosen.mapping.name,
            dry_run="dry_run" in request.form,
            asked_by=current_access().user_id,
            at=utc_now(),
        )
    nudge(uploads.JOB, queue=QueueNames.PERIODIC)
    return redirect(url_for("imports_pages.show", run_id=run_id))


@blueprint.get("/imports/<uuid:run_id>")
@signed_in(Role.ADMIN)
def show(run_id: UUID) -> ResponseReturnValue:
    """Show how far a run is, and the rows it refused."""
    access = current_access()
    run = runs.get_run(str(run_id), access=access)
    problems = runs.list_problems(run.id, access=access)
    settings = current_settings()
    counts = runs.count_changes(run.id, access=access)
    stayed = runs.list_stayed(run.id, access=access, most=_SHOWN)
    back = counts.get(ChangeState.BACK, 0)
    return render_template(
        "imports/run.html",
        run=runs.RunRow.of(run),
        state=STATES[RunState(run.state)],
        is_open=run.state in _IN_THE_WORKS,
        is_going_back=run.state == RunState.UNDOING,
        is_back=run.state == RunState.UNDONE,
        may_undo=run.state == RunState.FINISHED and bool(counts),
        changes=sum(counts.values()),
        gone_through=sum(counts.values()) - counts.get(ChangeState.WRITTEN, 0),
        back=back,
        stays_anyway=[
            gettext(label)
            for entity, label in _NOT_UNDONE.items()
            if entity in {step["entity"] for step in run.counts}
        ],
        stayed=[
            {
                "label": change.label,
                "kind": gettext(_KINDS[change.kind]),
                "reason": gettext(_WHY_IT_STAYED[change.state]),
                "href": page_of(change.kind, change.record_id),
            }
            for change in stayed
        ],
        stayed_total=sum(counts.get(state, 0) for state in _WHY_IT_STAYED),
        problems=[
            {
                "place": f"{problem.file}:{problem.line}",
                "column": problem.column,
                "reason": gettext(REASONS[problem.code]),
                "value": problem.value,
            }
            for problem in problems[:_SHOWN]
        ],
        problems_total=len(problems),
        failure=_why_it_failed(run.failure) if run.failure else [],
        zone=settings.time_zone,
    )


@blueprint.post("/imports/<uuid:run_id>/undo")
@signed_in(Role.ADMIN)
def take_back(run_id: UUID) -> ResponseReturnValue:
    """Have a run taken back; the page follows how far that is."""

    def asked() -> Notice:
        undo.ask_for_undo(run_id=str(run_id), by=current_access().user_id, at=utc_now())
        return Notice(text=gettext("The import is being taken back."))

    if carry_out(asked):
        nudge(undo.JOB, queue=QueueNames.PERIODIC)
    return redirect(url_for(".show", run_id=run_id))


@blueprint.get(f"/imports/columns/<name>.{ROUTE}")
@signed_in(Role.ADMIN)
def columns(name: str, kind: str) -> ResponseReturnValue:
    """Return an empty file with the columns of a mapping, to be filled in."""
    return download(name, columns_to_fill_in(name), (), kind=kind)


@blueprint.get(f"/imports/export/<name>.{ROUTE}")
@signed_in(Role.ADMIN)
def export(name: str, kind: str) -> ResponseReturnValue:
    """Return what there is as the file of a shipped mapping, to be changed and imported again."""
    if name not in set(exports.Export):
        raise NotFoundError
    settings = current_settings()
    header, rows = exports.rows_of_export(
        exports.Export(name), access=current_access(), currency=settings.reporting_currency
    )
    return download(name, header, rows, kind=kind)


@blueprint.get("/custom-fields/columns/<path:name>")
@signed_in(Role.ADMIN)
def column(name: str) -> ResponseReturnValue:
    """Show what stands in a column that imports kept, and the form that makes a field of it."""
    kept = _kept(name)
    return _column(kept, {"label": kept.name})


@blueprint.post("/custom-fields/columns/<path:name>")
@signed_in(Role.ADMIN)
def adopt(name: str) -> ResponseReturnValue:
    """Make a field of a column, or show the form again with what is wrong."""
    kept = _kept(name)
    given = {each: request.form.get(each, "") for each in ("label", "label_id", "kind")}
    try:
        if given["kind"] not in set(FieldKind):
            raise FieldError
        with transaction():
            row = adopt_column(
                access=current_access(),
                column=kept.name,
                kind=FieldKind(given["kind"]),
                label=given["label"],
                label_id=given["label_id"],
                at=utc_now(),
            )
            field_id, label = row.id, row.definition.label_in(current_language())
    except ProblemError as problem:
        return _column(kept, given, problem), problem.status
    tell(
        Notice(
            text=gettext(
                "“%(name)s” is a field now. Say what else is to be said of it.", name=label
            )
        )
    )
    return redirect(url_for("fields_pages.edit", field_id=field_id))


def _kept(name: str) -> KeptColumn:
    found = kept_columns(access=current_access(), defined=definitions())
    kept = next((each for each in found if each.name == name and each.may_be_defined), None)
    if kept is None:
        raise NotFoundError
    return kept


def _column(kept: KeptColumn, given: dict[str, str], problem: ProblemError | None = None) -> str:
    said = gettext(problem.title) if problem else ""
    if isinstance(problem, UnfitValuesError):
        said += " " + gettext("Not of it: %(texts)s", texts=", ".join(problem.fits_not))
    return render_template(
        "imports/column.html",
        column=kept,
        found=kept_values(access=current_access(), column=kept.name, most=_VALUES_SHOWN),
        given=given,
        kinds=KINDS,
        longest=LONGEST_LABEL,
        problems={problem.field: said} if isinstance(problem, FieldError) else {},
        problem="" if isinstance(problem, FieldError) else said,
    )


def _kept_card() -> str | None:
    found = kept_columns(access=current_access(), defined=definitions())
    return render_template("imports/kept.html", columns=found) if found else None


def _reserved() -> list[str]:
    found = kept_columns(access=current_access(), defined=definitions())
    return [each.name for each in found]


def _index(problem: ProblemError | None = None) -> str:
    found = runs.list_runs(access=current_access())
    settings = current_settings()
    return render_template(
        "imports/index.html",
        runs=[(runs.RunRow.of(run), STATES[RunState(run.state)]) for run in found],
        exports=_EXPORTS,
        to_fill_in=_TO_FILL_IN,
        mappings=[shipped_mapping(name) for name in shipped_mappings()],
        chosen=request.values.get("mapping", ""),
        problem=gettext(problem.title) if problem else "",
        mistakes=_mistakes(problem),
        zone=settings.time_zone,
    )


_TO_FILL_IN = {
    "teams": N_("Teams"),
    "people": N_("People"),
    "products": N_("Products"),
    "customers": N_("Customers"),
}
_EXPORTS = {
    exports.Export.HOLIDAYS: N_("Holidays, and those on which we work"),
    exports.Export.WORKING_TIMES: N_("Working time of people"),
    exports.Export.RAMPS: N_("Ramps of new reps"),
    exports.Export.TARGETS: N_("Targets"),
}


def _mistakes(problem: ProblemError | None) -> list[str]:
    """Return the places that are wrong, a line each."""
    if not isinstance(problem, InvalidInputError):
        return []
    return _in_words(problem.errors)


def _in_words(errors: Mapping[str, Sequence[str]]) -> list[str]:
    lines = []
    for place, reasons in errors.items():
        for reason in reasons:
            code, _, name = reason.partition(": ")
            said = gettext(OF_FILES[code], name=name) if code in OF_FILES else reason
            lines.append(f"{place}: {said}")
    return lines


def _why_it_failed(failure: str) -> list[str]:
    """Return the lines of what `uploads.sentence` wrote, in the reader's language."""
    title, _, rest = failure.partition("\n")
    try:
        places = json.loads(rest)
    except ValueError:
        places = None
    told = _in_words(places) if isinstance(places, dict) else rest.splitlines()
    return [gettext(title) if title else "", *told]


def _refused(*, period: Period) -> FoundRows | None:
    access = current_access()
    if access.role is not Role.ADMIN:
        return None
    since, until = period.instants(current_settings().time_zone)
    return FoundRows(
        name=gettext("Rows that an import refused"),
        effect=gettext("What they say is in no number. Correct the file and import it again."),
        rows=runs.count_refused(access=access, since=since, until=until),
        href=url_for("imports_pages.index"),
    )


CONTRIBUTIONS: dict[str, Contributor] = {
    "quality.refused": _refused,
    "fields.cards": _kept_card,
    "fields.reserved": _reserved,
}
