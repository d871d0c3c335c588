"""The command that starts Tapak with the demo company."""

import time

import click

from server.app import create_app
from server.demo.supervisor import run_until_interrupted, supervised
from server.platform.migrating import upgrade
from server.platform.settings import Settings
from server.platform.transaction import transaction
from shared.time import utc_now


@click.command("demo")
@click.option("--fresh", is_flag=True, help="Delete the database of the data folder, start over.")
@click.option("--seed", default=1, show_default=True, help="Another number, another company.")
def command(*, fresh: bool, seed: int) -> None:
    """Run web server, worker and scheduler with a demo company."""
    # It brings the invented names along, a twelfth of the start of every other command.
    from server.demo import launch  # noqa: PLC0415

    with supervised(Settings.from_environment()) as supervisor:
        if fresh:
            launch.forget_everything(supervisor.settings)
        with create_app(supervisor.settings).app_context():
            upgrade()
            click.echo("Preparing the demo company")
            started = time.monotonic()
            with transaction():
                logins = launch.fill(supervisor.settings, seed=seed, at=utc_now())
            supervisor.start_all()
            click.echo("Computing its numbers")
            supervisor.watch_until(launch.is_computed)
            click.echo(f"Done in {time.monotonic() - started:.0f} s")
            lines = ["The database holds another company than the demo's; it stays as it is."]
            if logins is not None:
                with transaction():
                    lines = launch.describe(supervisor.settings, logins, at=utc_now())
        run_until_interrupted(supervisor, *lines)
