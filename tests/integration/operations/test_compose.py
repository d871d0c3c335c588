"""docker-compose.yml is valid, and its very commands run against a PostgreSQL and a Redis.

Docker is not needed: the commands and health checks of the services are taken from the file and
run in a folder that holds just what the Dockerfile copies into the image.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from server.platform.processes import spawn, stop
from server.platform.redis_server import free_port
from tests.support.postgres import Postgres
from tests.support.tapak import is_healthy, wait_until

ROOT = Path(__file__).parents[3]
COMPOSE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\}")
SECRETS = {"TAPAK_SECRET_KEY": "a secret", "TAPAK_POSTGRES_PASSWORD": "another"}


def load() -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe").load(COMPOSE)
    return content


def test_the_file_follows_the_published_schema() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")

    done = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", COMPOSE],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_service_that_stays_has_a_health_check() -> None:
    services = load()["services"]

    unchecked = {name for name, service in services.items() if "healthcheck" not in service}

    assert unchecked == {"migrate"}


def test_every_variable_is_explained_and_secrets_have_no_default() -> None:
    explained = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    used = {match["name"]: match["kind"] for match in VARIABLE.finditer(COMPOSE.read_text())}

    assert set(used) == explained
    assert {name for name, kind in used.items() if kind == "?"} == set(SECRETS)


@dataclass(frozen=True)
class Stage:
    """The services' commands, translated from the containers' world to this machine."""

    folder: Path
    environment: dict[str, str]
    web_port: int

    def command(self, words: list[str]) -> list[str]:
        """Return a container's command with this machine's Python and port."""
        assert words[0] == "python", words
        port = str(self.web_port)
        return [sys.executable, *(word.replace("8080", port) for word in words[1:])]

    def run(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command that ends."""
        return subprocess.run(
            self.command(words),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def running(self, words: list[str]) -> Iterator[None]:
        """Run a command that stays, like a service."""
        process = spawn(self.command(words), cwd=self.folder, environment=self.environment)
        try:
            yield
        finally:
            stop(process)


@pytest.fixture
def stage(tmp_path: Path, postgres: Postgres, redis_url: str) -> Iterator[Stage]:
    image = tmp_path / "image"
    copy_what_the_dockerfile_copies(image)
    database = postgres.create_database()
    urls = {
        "TAPAK_DATABASE_URL": postgres.url(database),
        "TAPAK_REDIS_URL": redis_url,
        "TAPAK_DATA": str(tmp_path / "data"),
    }
    named = load()["services"]["web"]["environment"]
    assert set(urls) < set(named)
    environment = {name: filled(value) for name, value in named.items()} | urls
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(image)}
    yield Stage(image, base | environment, free_port())
    postgres.drop_database(database)


@pytest.mark.timeout(600)
def test_the_services_commands_make_a_healthy_tapak(stage: Stage) -> None:
    services = load()["services"]
    checks = {
        name: services[name]["healthcheck"]["test"][1:] for name in ("web", "worker", "scheduler")
    }
    assert all(stage.run(check).returncode for check in checks.values()), "nothing runs yet"

    migrated = stage.run(services["migrate"]["command"])

    assert migrated.returncode == 0, migrated.stderr
    with ExitStack() as stack:
        for name in checks:
            stack.enter_context(stage.running(services[name]["command"]))
        wait_until(lambda: is_healthy(f"http://127.0.0.1:{stage.web_port}"), timeout_s=120)
        for check in checks.values():
            wait_until(lambda c=check: stage.run(c).returncode == 0, timeout_s=120)  # type: ignore[misc]


def copy_what_the_dockerfile_copies(image: Path) -> None:
    """Make a folder with what the image will hold, and nothing else of the checkout."""
    copies = re.findall(
        r"^COPY (\S+) (\S+)$", (ROOT / "server/Dockerfile").read_text(), re.MULTILINE
    )
    assert copies
    for source, target in copies:
        path = image / target
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, path, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            path.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, path)


def filled(value: str) -> str:
    """Fill in variables as compose does."""

    def fill(match: re.Match[str]) -> str:
        if match["kind"] == "?":
            return SECRETS[match["name"]]
        return match["text"] or ""

    return VARIABLE.sub(fill, value)


def test_the_image_starts_what_compose_starts() -> None:
    dockerfile = (ROOT / "server/Dockerfile").read_text()
    [words] = re.findall(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)

    command = load()["services"]["web"]["command"]

    assert shlex.split(words.strip("[]").replace(",", " "))[:4] == command[:4]
    assert command[-1] in words
