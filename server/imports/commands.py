"""The command `import`: files of other systems into this one."""

import json
from pathlib import Path

import click

from server.imports.operations.mapping import Mapping
from server.imports.operations.mapping_file import (
    parse_mapping,
    shipped_mapping,
    shipped_mappings,
)
from server.imports.operations.report import Outcome, Report
from server.imports.operations.run import import_files
from server.imports.operations.uploads import sentence
from server.platform import audit
from server.platform.access import SYSTEM
from server.platform.errors import ProblemError
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from shared.time import business_day, utc_now

SOME_ROWS_REFUSED = 4
_SHOWN = 20


@click.command("import")
@click.option(
    "--mapping",
    "mapping_name",
    required=True,
    help=f"A mapping file, or one that comes along: {', '.join(shipped_mappings())}.",
)
@click.option(
    "--data",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the CSV files.",
)
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@click.option(
    "--report",
    "report_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the report here: all of it as .json, the refused rows as .csv.",
)
def command(*, mapping_name: str, folder: Path, dry_run: bool, report_file: Path | None) -> None:
    """Import CSV files as a mapping file describes them.

    A bad row is reported with its line and reason, the good ones go in; the exit status is 4 then.
    Importing again changes only what has changed in the files.
    """
    settings = current_settings()
    at = utc_now()
    try:
        report = import_files(
            mapping=_mapping(mapping_name),
            folder=folder,
            access=SYSTEM,
            at=at,
            today=business_day(at, settings.time_zone),
            time_zone=settings.time_zone,
            reporting_currency=settings.reporting_currency,
            dry_run=dry_run,
            transaction=transaction,
            progress=_show_progress,
        )
    except ProblemError as problem:
        raise click.ClickException(sentence(problem)) from problem
    click.echo("", err=True)
    if not dry_run:
        with transaction():
            audit.record(
                action="import.finished",
                at=at,
                user_id=None,
                subject=report.mapping,
                steps=report.counts(),
            )
    _show(report)
    if report_file is not None:
        _write(report, report_file)
    if report.total(Outcome.REFUSED):
        raise SystemExit(SOME_ROWS_REFUSED)


def _mapping(name: str) -> Mapping:
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise click.ClickException(f"There is no file {name}.")
        return parse_mapping(path.read_text("utf-8"), name=path.stem)
    return shipped_mapping(name)


def _show_progress(report: Report, done: int, total: int) -> None:
    click.echo(f"\r{report.steps[-1].file}: {done:,} of {total:,} rows ", nl=False, err=True)


def _show(report: Report) -> None:
    for step in report.steps:
        click.echo(
            f"{step.entity:10} {step.file:28} {step.created:7,} created {step.updated:7,} updated"
            f" {step.unchanged:7,} unchanged {step.refused:7,} refused"
        )
    for problem in report.problems[:_SHOWN]:
        click.echo(f"{problem.file}:{problem.line} {problem.column}: {problem.reason}")
    hidden = len(report.problems) - _SHOWN + report.problems_left_off
    if hidden > 0:
        click.echo(f"... and {hidden:,} more; --report FILE writes them all")
    if report.dry_run:
        click.echo("Dry run: nothing was written.")


def _write(report: Report, path: Path) -> None:
    if path.suffix == ".json":
        text = json.dumps(report.to_plain(), indent=2, ensure_ascii=False)
    else:
        text = "\ufeff" + report.to_csv()
    path.write_text(text, "utf-8")
