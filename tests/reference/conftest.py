"""Real data imported by the command line, read back through the API."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import pytest
import urllib3
from click.testing import CliRunner
from flask.testing import FlaskClient

from server.cli import main
from server.metrics.jobs import refresh_rollups
from server.platform.database import db
from server.platform.settings import Settings
from tests.support.application import running_app
from tests.support.databases import PostgresTemplate, SqliteTemplate
from tests.support.tapak import RunningTapak, running_tapak, wait_until

ADMIN, PASSWORD = "admin", "only for these tests"
BEGINNING, END = "1990-01-01", "2020-01-01"
CURRENCY = "USD"


class Office(Protocol):
    """Where the commands run and the API answers."""

    @property
    def data(self) -> Path:
        """Return the folder for files."""

    def cli(self, *arguments: str) -> str:
        """Run a command of the command line; return what it printed."""

    def sign_in(self) -> None:
        """Sign in with the password, as a person would."""

    def ask(self, address: str) -> tuple[int, bytes]:
        """Ask the API as the administrator; return status and body."""

    def wait_until_computed(self) -> None:
        """Wait until every day is counted."""


@dataclass
class RealServer:
    """Web server, worker and scheduler as processes."""

    tapak: RunningTapak
    http: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)
    _cookie: str = ""

    @property
    def data(self) -> Path:
        """The server's folder."""
        return self.tapak.data

    def cli(self, *arguments: str) -> str:
        """Run it as a process."""
        return self.tapak.cli(*arguments)

    def sign_in(self) -> None:
        """Keep the cookie."""
        answer = self.http.request(
            "POST",
            f"{self.tapak.url}/api/v1/session",
            json={"user": ADMIN, "password": PASSWORD},
            timeout=60.0,
        )
        assert answer.status == 200, answer.data
        self._cookie = answer.headers["Set-Cookie"].partition(";")[0]

    def ask(self, address: str) -> tuple[int, bytes]:
        """Ask over HTTP."""
        headers = {"Cookie": self._cookie}
        answer = self.http.request(
            "GET", f"{self.tapak.url}{address}", headers=headers, timeout=60.0
        )
        return answer.status, answer.data

    def wait_until_computed(self) -> None:
        """Leave it to the worker."""
        period = urlencode({"metrics": "revenue", "from": BEGINNING, "to": END})

        def is_computed() -> bool:
            status, answer = self.ask(f"/api/v1/metrics/values?{period}")
            assert status == 200, answer
            return not json.loads(answer)["stale"]

        # Each look is a question to the server that counts.
        wait_until(
            is_computed,
            timeout_s=240.0,
            every_s=0.5,
            what=lambda: "the workers to count every day",
        )


@dataclass
class InThisProcess:
    """The same commands, the same API and the worker's job, without starting processes."""

    data: Path
    client: FlaskClient

    def cli(self, *arguments: str) -> str:
        """Run the command here."""
        name, *rest = arguments
        with self.client.application.app_context():
            done = CliRunner().invoke(main.commands[name], rest, catch_exceptions=False)
            db.session.remove()
        assert done.exit_code == 0, f"{arguments} failed:\n{done.output}"
        return done.output

    def sign_in(self) -> None:
        """Leave the cookie in the client."""
        answer = self.client.post("/api/v1/session", json={"user": ADMIN, "password": PASSWORD})
        assert answer.status_code == 200, answer.get_data(as_text=True)

    def ask(self, address: str) -> tuple[int, bytes]:
        """Ask without a network."""
        answer = self.client.get(address)
        return answer.status_code, answer.data

    def wait_until_computed(self) -> None:
        """Do the worker's job."""
        with self.client.application.app_context():
            refresh_rollups()


@dataclass
class ImportedData:
    """An office that holds one of the reference sets."""

    office: Office
    folder: Path
    mapping: str
    reference: dict[str, Any]
    name: str

    def get(self, path: str, **query: str) -> Any:
        """Ask the API as the administrator."""
        status, answer = self.office.ask(f"{path}?{urlencode(query)}")
        assert status == 200, answer
        return json.loads(answer)

    def values(
        self, *metrics: str, start: str = BEGINNING, end: str = END, **query: str
    ) -> dict[str, dict[str, Any]]:
        """Return the API's values of these metrics by key."""
        answer = self.get(
            "/api/v1/metrics/values",
            metrics=",".join(metrics),
            **{"from": start, "to": end},
            **query,
        )
        return {value["key"]: value for value in answer["values"]}

    def value(self, metric: str, start: str = BEGINNING, end: str = END) -> Decimal:
        """Return one value."""
        return Decimal(self.values(metric, start=start, end=end)[metric]["value"])

    def by(self, group: str, *metrics: str) -> dict[str, dict[str, dict[str, Any]]]:
        """Return the values of these metrics for each rep or team, by its name."""
        answer = self.get(
            "/api/v1/metrics/values",
            metrics=",".join(metrics),
            by=group,
            **{"from": BEGINNING, "to": END},
        )
        return {
            item["name"]: {value["key"]: value for value in item["values"]}
            for item in answer["groups"]
        }

    def run_import(self, *options: str) -> dict[str, Any]:
        """Import the set with the command; return its report."""
        report = self.office.data / "report.json"
        self.office.cli(
            *("import", "--mapping", self.mapping, "--data", str(self.folder)),
            *("--report", str(report), *options),
        )
        found: dict[str, Any] = json.loads(report.read_text("utf-8"))
        return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Give a migrated database of either kind, for all tests of a module."""
    name = "sqlite_template" if request.param == "sqlite" else "postgres_template"
    template: SqliteTemplate | PostgresTemplate = request.getfixturevalue(name)
    with template.copy(tmp_path_factory.mktemp(request.param)) as url:
        yield url


@pytest.fixture(scope="module")
def imported(
    request: pytest.FixtureRequest, empty_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ImportedData]:
    """
    Give an office into which the module's set was imported, its numbers computed.

    `MAPPING` names the set and the mapping that comes along for it. A module whose set is no CSV
    of records has a function `prepare`, which writes such files and a mapping.toml into a folder.
    A module with `REAL_SERVER` has its SQLite on a server of processes, which costs more than all
    else of a set; on PostgreSQL such a server goes through a day in tests/e2e.
    """
    name = mapping = request.module.MAPPING
    folder = Path(os.environ["TAPAK_REFERENCE_DATA"]) / name
    reference = json.loads((folder / "reference.json").read_text("utf-8"))
    if prepare := getattr(request.module, "prepare", None):
        source, folder = folder, tmp_path_factory.mktemp("prepared")
        prepare(source, folder)
        mapping = str(folder / "mapping.toml")
    is_real = hasattr(request.module, "REAL_SERVER") and empty_database.startswith("sqlite")
    open_office = real_server if is_real else in_this_process
    with open_office(empty_database, tmp_path_factory.mktemp("server")) as office:
        office.cli("add-user", ADMIN, "Administrator", "--password", PASSWORD)
        data = ImportedData(office, folder, mapping, reference, name)
        office.sign_in()
        dry = data.run_import("--dry-run")
        assert data.values("won_deals")["won_deals"]["value"] in {None, "0"}
        report = data.run_import()
        assert report["problems"] == []
        assert dry["steps"] == report["steps"]
        office.wait_until_computed()
        yield data


@contextmanager
def in_this_process(database_url: str, folder: Path) -> Iterator[InThisProcess]:
    """Give the office of most sets."""
    settings = Settings(
        data=folder,
        database_url=database_url,
        secret_key="only for tests",
        reporting_currency=CURRENCY,
    )
    with running_app(settings) as app:
        yield InThisProcess(folder, app.test_client())


@contextmanager
def real_server(database_url: str, folder: Path) -> Iterator[RealServer]:
    """Give the office of a set that is read from processes."""
    settings = {"TAPAK_REPORTING_CURRENCY": CURRENCY}
    with running_tapak(folder, database_url=database_url, settings=settings) as tapak:
        yield RealServer(tapak)
