"""Imports that were asked for over the web: how far they are, what they refused, what went back."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from server.imports.models import ChangeState, ImportChange, ImportProblem, ImportRun
from server.imports.queries.known import require_administrator
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError


@dataclass(frozen=True)
class RunRow:
    """A run as a page shows it."""

    id: str
    mapping: str
    dry_run: bool
    asked_at: dt.datetime
    rows_done: int
    steps: list[dict[str, Any]]
    failure: str

    @classmethod
    def of(cls, run: ImportRun) -> "RunRow":
        """Return what pages show of this run."""
        return cls(
            id=run.id,
            mapping=run.mapping,
            dry_run=run.dry_run,
            asked_at=run.asked_at,
            rows_done=run.rows_done,
            steps=run.counts,
            failure=run.failure,
        )

    def total(self, outcome: str) -> int:
        """Return how many rows of all files came to this."""
        return sum(step[outcome] for step in self.steps)


def get_run(run_id: str, *, access: Access) -> ImportRun:
    """Return a run.

    :raises ForbiddenError: unless an administrator asks
    :raises NotFoundError: if there is none with this id
    """
    require_administrator(access=access)
    run = db.session.get(ImportRun, run_id)
    if run is None:
        raise NotFoundError
    return run


def list_runs(*, access: Access, most: int = 50) -> list[ImportRun]:
    """Return the latest runs, newest first.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    return list(db.session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(most)))


def count_refused(*, access: Access, since: dt.datetime, until: dt.datetime) -> int:
    """Return how many rows the imports of some time refused; a trial run wanted none.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    refused = (
        select(func.count())
        .select_from(ImportProblem)
        .join(ImportRun, ImportRun.id == ImportProblem.run_id)
        .where(~ImportRun.dry_run, ImportRun.asked_at >= since, ImportRun.asked_at < until)
    )
    return db.session.scalar(refused) or 0


def list_problems(run_id: str, *, access: Access) -> list[ImportProblem]:
    """Return the refused rows of a run, in the order of the files.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    return list(
        db.session.scalars(
            select(ImportProblem)
            .where(ImportProblem.run_id == run_id)
            .order_by(ImportProblem.position)
        )
    )


def count_changes(run_id: str, *, access: Access) -> dict[ChangeState, int]:
    """Return how many rows that a run has written came to what; nothing is known of old runs.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    counts = db.session.execute(
        select(ImportChange.state, func.count())
        .where(ImportChange.run_id == run_id)
        .group_by(ImportChange.state)
    )
    return {ChangeState(state): count for state, count in counts}


def list_stayed(run_id: str, *, access: Access, most: int) -> list[ImportChange]:
    """Return rows of a run that was taken back which stayed as they were; at most so many.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    stayed = ImportChange.state.in_((ChangeState.CHANGED, ChangeState.IN_USE))
    return list(
        db.session.scalars(
            select(ImportChange)
            .where(ImportChange.run_id == run_id, stayed)
            .order_by(ImportChange.id)
            .limit(most)
        )
    )
