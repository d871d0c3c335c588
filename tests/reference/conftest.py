"""Real data imported into a real server by its command line, read back through its API."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from tests.support.databases import PostgresTemplate, SqliteTemplate
from tests.support.tapak import RunningTapak, running_tapak, wait_until

ADMIN, PASSWORD = "admin", "only for these tests"
BEGINNING, END = "1990-01-01", "2020-01-01"


@dataclass
class ImportedData:
    """A server that holds one of the reference sets."""

    tapak: RunningTapak
    folder: Path
    mapping: str
    reference: dict[str, Any]
    http: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)
    _cookie: str = ""

    def get(self, path: str, **query: str) -> Any:
        """Ask the API as the administrator."""
        answer = self.http.request(
            "GET",
            f"{self.tapak.url}{path}?{urlencode(query)}",
            headers={"Cookie": self._cookie},
            timeout=60.0,
        )
        assert answer.status == 200, answer.data
        return json.loads(answer.data)

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
        report = self.tapak.data / "report.json"
        self.tapak.cli(
            *("import", "--mapping", self.mapping, "--data", str(self.folder)),
            *("--report", str(report), *options),
        )
        found: dict[str, Any] = json.loads(report.read_text("utf-8"))
        return found

    def sign_in(self) -> None:
        """Sign in with the password, as a person would."""
        answer = self.http.request(
            "POST",
            f"{self.tapak.url}/api/v1/session",
            json={"user": ADMIN, "password": PASSWORD},
            timeout=60.0,
        )
        assert answer.status == 200, answer.data
        self._cookie = answer.headers["Set-Cookie"].partition(";")[0]

    def wait_until_computed(self) -> None:
        """Wait until the workers have counted every day."""

        def is_computed() -> bool:
            answer = self.get(
                "/api/v1/metrics/values", metrics="revenue", **{"from": BEGINNING, "to": END}
            )
            return not answer["stale"]

        # Each look is a question to the server that counts.
        wait_until(
            is_computed,
            timeout_s=240.0,
            every_s=0.5,
            what=lambda: "the workers to count every day",
        )


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
    Give a running server into which the module's set was imported, its numbers computed.

    `MAPPING` names the set and the mapping that comes along for it. A module whose set is no CSV
    of records has a function `prepare`, which writes such files and a mapping.toml into a folder.
    """
    mapping: str = request.module.MAPPING
    folder = Path(os.environ["TAPAK_REFERENCE_DATA"]) / mapping
    reference = json.loads((folder / "reference.json").read_text("utf-8"))
    if prepare := getattr(request.module, "prepare", None):
        source, folder = folder, tmp_path_factory.mktemp("prepared")
        prepare(source, folder)
        mapping = str(folder / "mapping.toml")
    with running_tapak(
        tmp_path_factory.mktemp("server"),
        database_url=empty_database,
        settings={"TAPAK_REPORTING_CURRENCY": "USD"},
    ) as tapak:
        tapak.cli("add-user", ADMIN, "Administrator", "--password", PASSWORD)
        data = ImportedData(tapak, folder, mapping, reference)
        data.sign_in()
        dry = data.run_import("--dry-run")
        assert data.values("won_deals")["won_deals"]["value"] in {None, "0"}
        report = data.run_import()
        assert report["problems"] == []
        assert dry["steps"] == report["steps"]
        data.wait_until_computed()
        yield data
