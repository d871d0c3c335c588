"""Real data imported by the command line, counted by workers, read back through the API."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import pytest
import urllib3

from tests.support.databases import PostgresTemplate, SqliteTemplate
from tests.support.forked import forked_tapak, run_command
from tests.support.tapak import running_tapak, wait_until

ADMIN, PASSWORD = "admin", "only for these tests"
BEGINNING, END = "1990-01-01", "2020-01-01"
CURRENCY = "USD"


class Server(Protocol):
    """Web server, worker and scheduler as processes."""

    @property
    def url(self) -> str:
        """Return where it answers."""

    @property
    def data(self) -> Path:
        """Return the folder for files."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the environment of its processes."""


@dataclass
class Office:
    """Who runs the commands and asks the API of a server."""

    server: Server
    http: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)
    _cookie: str = ""

    @property
    def data(self) -> Path:
        """The server's folder."""
        return self.server.data

    def cli(self, *arguments: str) -> str:
        """Run a command as a process."""
        log = self.data / "command.log"
        return run_command(self.server.environment, log, *arguments)

    def sign_in(self) -> None:
        """Keep the cookie."""
        answer = self.http.request(
            "POST",
            f"{self.server.url}/api/v1/session",
            json={"user": ADMIN, "password": PASSWORD},
            timeout=60.0,
        )
        assert answer.status == 200, answer.data
        self._cookie = answer.headers["Set-Cookie"].partition(";")[0]

    def ask(self, address: str) -> tuple[int, bytes]:
        """Ask over HTTP."""
        headers = {"Cookie": self._cookie}
        answer = self.http.request(
            "GET", f"{self.server.url}{address}", headers=headers, timeout=60.0
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
    The processes of most servers are forked, which costs less. A module with `REAL_SERVER` has its
    SQLite on one that `./run serve` starts; on PostgreSQL that goes through a day in tests/e2e.
    """
    name = mapping = request.module.MAPPING
    folder = Path(os.environ["TAPAK_REFERENCE_DATA"]) / name
    reference = json.loads((folder / "reference.json").read_text("utf-8"))
    if prepare := getattr(request.module, "prepare", None):
        source, folder = folder, tmp_path_factory.mktemp("prepared")
        prepare(source, folder)
        mapping = str(folder / "mapping.toml")
    is_real = hasattr(request.module, "REAL_SERVER") and empty_database.startswith("sqlite")
    start = running_tapak if is_real else forked_tapak
    settings = {"TAPAK_REPORTING_CURRENCY": CURRENCY}
    with start(
        tmp_path_factory.mktemp("server"), database_url=empty_database, settings=settings
    ) as server:
        office = Office(server)
        office.cli("add-user", ADMIN, "Administrator", "--password", PASSWORD)
        data = ImportedData(office, folder, mapping, reference, name)
        office.sign_in()
        # Once is enough: what a dry run does on PostgreSQL, tests of the import look at.
        dry = data.run_import("--dry-run") if empty_database.startswith("sqlite") else None
        assert data.values("won_deals")["won_deals"]["value"] in {None, "0"}
        report = data.run_import()
        assert report["problems"] == []
        assert dry is None or dry["steps"] == report["steps"]
        office.wait_until_computed()
        yield data
