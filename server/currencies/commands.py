"""The command that puts amounts into the reporting currency anew: `rates convert`."""

import datetime as dt

import click

from server.currencies.operations.conversions import convert_period
from server.platform.clock import business_today
from server.platform.errors import ProblemError
from server.platform.reporting import reporting
from server.platform.transaction import transaction
from shared.time import utc_now


@click.group("rates")
def group() -> None:
    """Exchange rates."""


@group.command()
@click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day."
)
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day.")
@click.option("--currency", help="Only amounts in this one; by default in all.")
def convert(first: dt.datetime, last: dt.datetime, currency: str | None) -> None:
    """Convert the amounts of these days anew, at the rates as they are now.

    After rates were corrected or deleted; numbers that were told before change. What waits for a
    rate needs no such order.
    """
    try:
        with transaction():
            done = convert_period(
                first=first.date(),
                last=last.date(),
                currency=currency,
                reporting_currency=reporting().currency,
                at=utc_now(),
                today=business_today(),
                by=None,
            )
    except ProblemError as problem:
        raise click.ClickException(problem.title) from problem
    click.echo(f"Amounts that were converted: {done.amounts}.")
