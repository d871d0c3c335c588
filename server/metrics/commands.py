"""Commands of the metrics: `rollups refresh`, `rollups rebuild`, `rollups check`."""

import click

from server.metrics import jobs
from server.metrics.rollups.rebuild import differing_rows
from server.platform.transaction import transaction


@click.group("rollups")
def group() -> None:
    """Count the numbers again, or check them against the raw rows."""


@group.command()
def refresh() -> None:
    """Count the days again that have changed."""
    jobs.refresh_rollups()
    click.echo("All days are up to date.")


@group.command()
def rebuild() -> None:
    """Count all days again."""
    jobs.rebuild_all_anew()
    click.echo("All days were counted again.")


@group.command()
def check() -> None:
    """Compare all totals with the raw rows; ends with 1 where they differ."""
    with transaction():
        different = differing_rows()
    for table, rows in different.items():
        click.echo(f"{table}: {rows} rows differ" if rows else f"{table}: correct")
    if any(different.values()):
        raise click.ClickException("The totals are out of date. Run: rollups refresh")
