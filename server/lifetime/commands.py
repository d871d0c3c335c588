"""The command that predicts what customers will buy: `lifetime fit`."""

import datetime as dt

import click

from server.platform.settings import current_settings
from server.platform.transaction import transaction
from shared.time import business_day, utc_now


@click.group("lifetime")
def group() -> None:
    """Predict what customers will buy."""


@group.command()
@click.option(
    "--last-day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Look at deals won up to and including this day; default today.",
)
def fit(last_day: dt.datetime | None) -> None:
    """Fit the models of buying to the won deals; the scheduler does it once a day."""
    from server.lifetime.operations.fit import fit_lifetime_values  # noqa: PLC0415  SciPy is slow

    settings = current_settings()
    now = utc_now()
    day = last_day.date() if last_day else business_day(now, settings.time_zone)
    with transaction():
        done = fit_lifetime_values(last_day=day, now=now, currency=settings.reporting_currency)
        told = f"{done.customers} customers, {done.repeat_customers} of them bought again"
        problem = done.problem
    if problem:
        raise click.ClickException(f"No prediction ({problem}): {told}.")
    click.echo(f"Predicted from {told}.")
