"""The commands `add-user` and `enrolment-code`: the first people, and their phones."""

import json
from pathlib import Path

import click

from server.identity.operations import create_enrolment_code, create_user
from server.identity.queries import find_user_by_code
from server.identity.schemas import SHORTEST_PASSWORD
from server.platform.errors import ProblemError
from server.platform.settings import Settings, current_settings
from server.platform.transaction import transaction
from shared.sync.ids import is_id
from shared.time import utc_now
from shared.vocabulary import Role

FILE_NAME = "phone-enrolment.json"


@click.command("add-user")
@click.argument("code")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.ADMIN.value)
@click.option(
    "--id",
    "user_id",
    default="",
    help="The id they had before a backup was restored that does not know them; it stands as "
    "rep_id in the report that their phone saves under Sync.",
)
@click.password_option(help="Asked for when not given, which keeps it out of the shell's history.")
def add_user(*, code: str, name: str, role: str, user_id: str, password: str) -> None:
    """Add a person who signs in as CODE, by default an administrator, such as the first one."""
    if len(password) < SHORTEST_PASSWORD:
        raise click.ClickException(f"A password needs {SHORTEST_PASSWORD} characters.")
    if user_id and not is_id(user_id):
        raise click.ClickException(f"{user_id!r} is not an id.")
    settings = current_settings()
    try:
        with transaction():
            create_user(
                code=code,
                name=name,
                role=Role(role),
                time_zone=settings.time_zone,
                at=utc_now(),
                password=password,
                user_id=user_id or None,
            )
    except ProblemError as problem:
        raise click.ClickException(f"{problem.title} ({problem.detail})") from problem
    click.echo(f"{name} can sign in as {code}.")


@click.command("enrolment-code")
@click.argument("rep")
@click.option(
    "--file", "to_file", is_flag=True, help=f"Also write {FILE_NAME} into the data folder."
)
def enrolment_code(*, rep: str, to_file: bool) -> None:
    """Print a code that enrols one phone for REP, a user's name to sign in with."""
    settings = current_settings()
    with transaction():
        user = find_user_by_code(rep)
        if user is None:
            raise click.ClickException(f"There is no user {rep}.")
        code = create_enrolment_code(user_id=user.id, at=utc_now(), by=None)
    if to_file:
        write_for_the_phone(settings, code)
    click.echo(code)


def write_for_the_phone(settings: Settings, code: str) -> None:
    """Lay server and code down in the data folder, where `./run phone` looks for them."""
    server = settings.public_url or f"http://127.0.0.1:{settings.port}"
    path = Path(settings.data) / FILE_NAME
    # The code lets whoever reads it in: for the owner of the folder only.
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps({"server": server, "code": code}) + "\n", encoding="utf-8")


commands = (add_user, enrolment_code)
