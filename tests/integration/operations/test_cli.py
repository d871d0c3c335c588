"""The command line makes the first person, who can then sign in."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask import Flask

from server.cli import main
from tests.factories.company import Company

PASSWORD = "a long enough password"


@pytest.fixture
def environment(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TAPAK_DATABASE_URL", app.extensions["settings"].database_url)
    monkeypatch.setenv("TAPAK_DATA", str(tmp_path))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


@pytest.mark.usefixtures("environment")
def test_the_first_administrator_can_sign_in(app: Flask) -> None:
    code, output = run("add-user", "wulan", "Wulan Sari", "--password", PASSWORD)

    assert (code, output) == (0, "Wulan Sari can sign in as wulan.\n")
    credentials = {"user": "wulan", "password": PASSWORD}
    answer = app.test_client().post("/api/v1/session", json=credentials)
    assert answer.status_code == 200


@pytest.mark.usefixtures("environment")
def test_a_name_to_sign_in_with_is_nobody_elses(company: Company) -> None:
    assert company.sari

    code, output = run("add-user", "sari", "Another Sari", "--password", PASSWORD)

    assert code == 1
    assert output == "Error: Another user has this code already. (sari)\n"


@pytest.mark.usefixtures("environment")
def test_a_short_password_is_refused() -> None:
    code, output = run("add-user", "wulan", "Wulan Sari", "--password", "short")

    assert (code, output) == (1, "Error: A password needs 10 characters.\n")


@pytest.mark.usefixtures("environment")
def test_a_phone_can_be_enrolled_from_the_command_line(company: Company) -> None:
    assert company.sari

    code, output = run("enrolment-code", "sari")

    assert code == 0
    assert len(output.strip()) == 11


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_says_what_it_does(name: str) -> None:
    command = main.commands[name]
    commands = command.commands.values() if isinstance(command, click.Group) else [command]

    assert all(one.get_short_help_str() for one in [command, *commands])
