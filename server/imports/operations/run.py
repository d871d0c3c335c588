"""An import from its first file to its last, chunk by chunk."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from server.imports.operations.context import Entity, Record, Run
from server.imports.operations.entities import ENTITIES, check_mapping
from server.imports.operations.mapping import Mapping
from server.imports.operations.reading import Reader
from server.imports.operations.report import Report, StepCounts
from server.imports.operations.sources import open_tables
from server.imports.queries.known import load_references
from server.platform.access import Access
from server.platform.errors import ProblemError
from shared import failpoints
from shared.i18n import N_

CHUNK_ROWS = 1_000
_IN_REPORTING_CURRENCY = frozenset({"product", "target"})
MOST_ATTEMPTS = 10
# PostgreSQL's codes for a deadlock and for a serialization failure.
_TRY_AGAIN = frozenset({"40P01", "40001"})

T = TypeVar("T")
Progress = Callable[[Report, int, int], None]
"""Called after each chunk with the report so far, the rows read and about how many there are."""


class CurrencyDiffersError(ProblemError):
    """List prices and targets are in the reporting currency, and these are not."""

    code = "import.currency_differs"
    status = 422
    title = N_("List prices and targets must be in the currency this organisation reports in.")


def import_files(
    *,
    mapping: Mapping,
    folder: Path,
    access: Access,
    at: dt.datetime,
    today: dt.date,
    time_zone: str,
    reporting_currency: str,
    dry_run: bool,
    run_id: str | None = None,
    transaction: Callable[[], AbstractContextManager[None]],
    progress: Progress = lambda _report, _done, _total: None,
) -> Report:
    """Read all files of a mapping; a bad row is reported and stops no other.

    :param today: the organisation's day at `at`
    :param dry_run: check everything, write nothing
    :param run_id: of the run that was asked for over the web: what it writes can be taken back
    :param transaction: of the entry point; each chunk of rows is written in one of its own
    :raises WrongMappingError: if the mapping names what does not exist
    :raises WrongFilesError: if files or columns are missing; nothing was written then
    :raises CurrencyDiffersError: if prices or targets are not in the reporting currency
    """
    check_mapping(mapping)
    of_lists = any(step.entity in _IN_REPORTING_CURRENCY for step in mapping.step)
    if of_lists and mapping.currency not in ("", reporting_currency):
        raise CurrencyDiffersError(f"{mapping.currency} → {reporting_currency}")
    tables = open_tables(mapping, folder)
    report = Report(mapping.name, dry_run)
    run = Run(
        id=run_id,
        access=access,
        at=at,
        today=today,
        time_zone=time_zone,
        reporting_currency=reporting_currency,
        formats=replace(mapping.formats, currency=mapping.currency or reporting_currency),
        dry_run=dry_run,
        references=load_references(access=access),
        report=report,
    )
    total = sum(tables[step.file].count_lines() for step in mapping.step)
    done = 0
    for step in mapping.step:
        run.counts = StepCounts(step.entity, step.file)
        report.steps.append(run.counts)
        entity = ENTITIES[step.entity]
        reader = Reader(step, entity, tables, mapping.null, run)
        for records in _chunks(reader.records(), CHUNK_ROWS):
            _load(entity, records, run, nullcontext if dry_run else transaction)
            progress(report, done + reader.rows_read, total)
        done += reader.rows_read
    report.sort_problems(list(mapping.files()))
    return report


def _load(
    entity: Entity,
    records: list[Record],
    run: Run,
    transaction: Callable[[], AbstractContextManager[None]],
) -> None:
    """Load a chunk, again where PostgreSQL gave it up for another transaction.

    Workers that count days while the import marks others for them may each wait for the other.
    """
    before = run.save()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        try:
            with transaction():
                entity.load(records, run)
        except OperationalError as error:
            if attempt == MOST_ATTEMPTS or _state(error) not in _TRY_AGAIN:
                raise
            run.restore(before)
        else:
            failpoints.reach(f"import: {run.counts.entity} loaded")
            return


def _state(error: OperationalError) -> str:
    return str(getattr(error.orig, "sqlstate", ""))


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
