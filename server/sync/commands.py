"""`tapak sync …`: for the person who looks after the server."""

import datetime as dt
import json

import click

from server.platform.errors import NotFoundError
from server.platform.transaction import transaction
from server.sync import changes, diagnosis, epochs, verification
from server.sync.changes import REMEMBERED
from shared.time import utc_now


@click.group("sync")
def group() -> None:
    """Look after the sync with phones."""


@group.command("check")
def check() -> None:
    """Compare every scope's digest with the tables; fail where a write bypassed the feed."""
    with transaction():
        wrong = changes.wrong_scopes()
    if wrong:
        raise click.ClickException(f"scopes that differ from the tables: {', '.join(wrong)}")
    click.echo("Every scope agrees with the tables.")


@group.command("phone")
@click.argument("code")
def phone(code: str) -> None:
    """Say how the phones of the person with this CODE stand, as JSON."""
    try:
        with transaction():
            found = diagnosis.phones_of(code)
    except NotFoundError as error:
        raise click.ClickException(f"nobody has the code {code!r}") from error
    click.echo(json.dumps(found, indent=1))


@group.command("verify")
def verify() -> None:
    """Check every stored change against its phone's hash chain; fail where one was altered."""
    with transaction():
        broken = verification.broken_chains()
    if broken:
        places = ", ".join(f"change {sequence} of {device}" for device, sequence in broken)
        raise click.ClickException(f"altered after they arrived: {places}")
    click.echo("Every change is as it arrived.")


@group.command("forget")
@click.option("--days", default=REMEMBERED.days, show_default=True, help="How old they are.")
def forget(days: int) -> None:
    """Take old news of rows that are gone out of the feed; phones away for longer start anew."""
    with transaction():
        count = changes.forget_gone_rows(before=utc_now() - dt.timedelta(days=days))
    click.echo(f"{count} forgotten.")


@group.command("rebuild")
def rebuild() -> None:
    """Enter every row phones may see into the feed, after rows were written in bulk."""
    with transaction():
        count = changes.index_everything()
    click.echo(f"{count} rows are in the feed.")


@group.command("new-epoch")
def new_epoch() -> None:
    """After a backup was restored: let phones send again what they keep, and fetch anew."""
    with transaction():
        name = epochs.begin_epoch(at=utc_now())
    click.echo(f"Epoch {name} has begun.")
