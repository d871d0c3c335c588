"""Command of the calendar: `holidays`."""

import click

from server.calendar import jobs


@click.command("holidays")
def command() -> None:
    """Enter the public holidays of the years around now."""
    try:
        changed = jobs.fill_holidays()
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{changed} days changed.")
