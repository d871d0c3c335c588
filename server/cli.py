"""The command line of the server: `python -m server.cli`, or `./run cli`."""
# ruff: noqa: E402 - imported while nobody looks for garbage

import gc

# What is imported stays: looking through it for garbage takes a sixth of the start.
gc.disable()

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager

import click

import server
from server.app import create_app
from server.demo.supervisor import run_until_interrupted, supervised
from server.platform.database import db
from server.platform.migrating import upgrade
from server.platform.settings import Settings

# These make the application themselves, after they have made sure of the folder and the port.
_BEFORE_THE_APPLICATION = frozenset({"demo", "serve"})


@click.group()
@click.pass_context
def main(context: click.Context) -> None:
    """Run and look after a Tapak server."""
    if context.invoked_subcommand not in _BEFORE_THE_APPLICATION:
        context.with_resource(_application())


@contextmanager
def _application() -> Iterator[None]:
    with create_app().app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


@main.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    upgrade()


@main.command()
def serve() -> None:
    """Run web server, worker and scheduler on the database as it is."""
    with supervised(Settings.from_environment()) as supervisor:
        with create_app(supervisor.settings).app_context():
            upgrade()
        supervisor.start_all()
        run_until_interrupted(supervisor)


def _add_commands_of_features() -> None:
    """Add each feature's `command`, `group` or tuple of `commands` from its commands.py."""
    for package in pkgutil.iter_modules(server.__path__, "server."):
        name = f"{package.name}.commands"
        if not package.ispkg or importlib.util.find_spec(name) is None:
            continue
        module = vars(importlib.import_module(name))
        for command in module.get("commands", ()):
            main.add_command(command)
        for single in ("command", "group"):
            if single in module:
                main.add_command(module[single])


_add_commands_of_features()
gc.enable()
gc.freeze()

if __name__ == "__main__":
    main()
