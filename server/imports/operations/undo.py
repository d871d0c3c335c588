"""Taking a run back: each row it made or changed, unless somebody changed it since."""

import datetime as dt
from collections.abc import Sequence
from itertools import takewhile

from sqlalchemy import func, select

from server.imports.models import ChangeState, ImportChange, ImportRun, RunState
from server.imports.operations.journal import KEPT_FOR
from server.imports.operations.undo_kinds import KINDS, Kind, Taken, When
from server.platform import audit
from server.platform.database import among, db
from server.platform.errors import NotFoundError, ProblemError
from server.platform.versioned import Versioned
from shared import failpoints
from shared.i18n import N_

JOB = "server.imports.jobs.take_back_imports"
PIECE = 500
"""As many rows go back in one transaction, which phones that sync wait for."""


class NotUndoableError(ProblemError):
    """There is nothing, or nothing any more, that could be taken back."""

    code = "import.not_undoable"
    status = 409
    title = N_("This import cannot be taken back, or is being taken back already.")


def ask_for_undo(*, run_id: str, by: str, at: dt.datetime) -> None:
    """
    Have a run taken back by the job.

    :raises NotFoundError: if there is no such run
    :raises NotUndoableError: if it wrote nothing that is known yet, or somebody asked before
    """
    run = db.session.get(ImportRun, run_id, with_for_update=True)
    if run is None:
        raise NotFoundError
    is_known = select(ImportChange.id).where(ImportChange.run_id == run_id).limit(1)
    is_late = run.asked_at < at - KEPT_FOR
    if run.state != RunState.FINISHED or is_late or db.session.scalar(is_known) is None:
        raise NotUndoableError
    run.state, run.undone_by = RunState.UNDOING, by
    audit.record(action="import.undo_asked", at=at, user_id=by, subject=run.mapping, run=run_id)


def take_back_next(*, at: dt.datetime, today: dt.date) -> bool:
    """
    Take more rows of a run back that somebody wants back; return whether there was such a run.

    What a killed worker leaves, the next one goes on with.

    :param today: the organisation's day at `at`
    """
    run = db.session.scalars(
        select(ImportRun)
        .where(ImportRun.state == RunState.UNDOING)
        .order_by(ImportRun.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if run is None:
        return False
    changes = _next_changes(run.id)
    if changes:
        _take_back(KINDS[changes[0].kind], changes, When(at, today))
    else:
        _finish(run, at=at)
    failpoints.reach("import: some taken back")
    return True


def _next_changes(run_id: str) -> Sequence[ImportChange]:
    """Return the latest rows of a table, so that none goes before those that lead to it."""
    changes = db.session.scalars(
        select(ImportChange)
        .where(ImportChange.run_id == run_id, ImportChange.state == ChangeState.WRITTEN)
        .order_by(ImportChange.id.desc())
        .limit(PIECE)
    ).all()
    return list(takewhile(lambda change: change.kind == changes[0].kind, changes))


def _take_back(kind: Kind, changes: Sequence[ImportChange], when: When) -> None:
    model = kind.model
    ids = sorted(change.record_id for change in changes)
    rows = {
        row.id: row
        for row in db.session.scalars(
            select(model)
            .where(among(model.id, ids))
            .order_by(model.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    }
    in_use = kind.in_use([change.record_id for change in changes if change.made])
    taken = []
    for change in changes:
        row = rows.get(change.record_id)
        if row is not None and getattr(row, "deleted_at", None) is not None:
            row = None
        change.state = _judge(kind, change, row, is_in_use=change.record_id in in_use)
        if change.state is ChangeState.BACK and row is not None:
            taken.append(Taken(change, row))
    kind.take_back(taken, when)
    db.session.flush()
    _tell_earlier_runs([each for each in taken if each.change.base_version])


def _tell_earlier_runs(taken: Sequence[Taken]) -> None:
    """Let runs that wrote the rows just before be taken back, too: they are as those left them."""
    now = {(each.row.id, each.change.base_version): each.row.version for each in taken}
    earlier = select(ImportChange).where(
        among(ImportChange.record_id, sorted(row_id for row_id, _ in now)),
        ImportChange.state == ChangeState.WRITTEN,
    )
    for change in db.session.scalars(earlier):
        change.version = now.get((change.record_id, change.version), change.version)


def _judge(kind: Kind, change: ImportChange, row: object | None, *, is_in_use: bool) -> ChangeState:
    if row is None:
        # Somebody has taken out what the run made.
        return ChangeState.BACK if change.made else ChangeState.CHANGED
    if is_in_use:
        return ChangeState.IN_USE
    return ChangeState.CHANGED if _is_touched(kind, change, row) else ChangeState.BACK


def _is_touched(kind: Kind, change: ImportChange, row: object) -> bool:
    """Return whether somebody changed what the run wrote, after it."""
    if not isinstance(row, Versioned) or change.made:
        if change.version:
            return bool(row.version != change.version)  # type: ignore[attr-defined]
        return any(
            getattr(row, name) != kind.value(name, value) for name, value in change.after.items()
        )
    names = [*change.before, *change.beside]
    # Whoever is given a customer holds it from another day on.
    names += ["owner_id"] if "tenures" in change.beside else []
    return any(row.field_version(name) > change.version for name in names)


def _finish(run: ImportRun, *, at: dt.datetime) -> None:
    run.state, run.undone_at = RunState.UNDONE, at
    of_run = ImportChange.run_id == run.id
    counts = db.session.execute(
        select(ImportChange.state, func.count()).where(of_run).group_by(ImportChange.state)
    )
    by_state = {row[0]: row[1] for row in counts}
    audit.record(
        action="import.undone",
        at=at,
        user_id=run.undone_by,
        subject=run.mapping,
        run=run.id,
        back=by_state.get(ChangeState.BACK, 0),
        stayed=sum(by_state.values()) - by_state.get(ChangeState.BACK, 0),
    )
