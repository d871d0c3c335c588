"""`tapak sync …`: for the person who looks after the server."""

import datetime as dt
import json

import click
from flask import current_app

from server.platform.errors import NotFoundError
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.sync import changes, diagnosis, epochs, replay, verification
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


class _OnlyTriedError(Exception):
    """Nothing of a dry run is to stay."""


@group.command("replay")
@click.option("--device", "device_id", help="Only of this phone; its id is in `sync phone`.")
@click.option("--dry-run", is_flag=True, help="Say what would become of them, and change nothing.")
def replay_failed(device_id: str | None, *, dry_run: bool) -> None:
    """Apply again what was refused for a fault of the server, after that was mended."""
    with transaction():
        failed = replay.failed(device_id=device_id)
    still = 0
    for of, sequence in failed:
        if not _replay(of, sequence, dry_run=dry_run):
            still += 1
            continue
        with transaction():
            later = replay.waiting_for(device_id=of, sequence=sequence)
        for other, number in later:
            if dry_run:
                click.echo(f"{other} {number}: would be tried after that")
            else:
                _replay(other, number, dry_run=False)
    if still:
        raise click.ClickException(f"{still} of {len(failed)} still fail, see the log.")
    click.echo("Nothing was changed." if dry_run else f"{len(failed)} were applied again.")


def _replay(device_id: str, sequence: int, *, dry_run: bool) -> bool:
    """Replay one group in a transaction of its own; return whether it does not fail any more."""
    done: list[replay.Replayed] = []
    settings = current_settings()
    try:
        with transaction():
            done = replay.replay(
                device_id=device_id,
                sequence=sequence,
                secret_key=str(current_app.config["SECRET_KEY"]),
                reporting_currency=settings.reporting_currency,
                at=utc_now(),
            )
            if dry_run:
                raise _OnlyTriedError  # noqa: TRY301 - it leaves the transaction, that is its purpose
    except _OnlyTriedError:
        pass
    except replay.StillFailsError:
        click.echo(f"{device_id} {sequence}: still fails")
        return False
    for one in done:
        words = f"{one.status} {one.code}".strip()
        click.echo(f"{device_id} {one.sequence}: {one.entity} {one.record_id} {words}")
    return True


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
