"""What all tests have in common: markers by folder, a database each, no network."""

import gc
import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.results import ASKED_FOR, Recorder, say_on_which_database
from tests.support.network import forbid_network

# Imported where used: a test of plain functions should not wait for Flask or a browser.
if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page

    from server.platform.settings import Settings
    from tests.support.databases import PostgresTemplate, SqliteTemplate
    from tests.support.postgres import Postgres
    from tests.support.tapak import RunningTapak

_TESTS = Path(__file__).parent
_KINDS = frozenset(
    {
        "android",
        "architecture",
        "bench",
        "e2e",
        "faults",
        "golden",
        "integration",
        "reference",
        "ui",
        "unit",
    }
)
# Those that start servers, phones and browsers.
_LONG = ("reference/", "e2e/", "faults/", "ui/", "integration/operations/")

_recorders: list[Recorder] = []
"""One where the results of the fault matrix are to be kept, in the process that sees them all."""


def pytest_configure(config: pytest.Config) -> None:
    # Thousands of tests and what they imported stay to the end, and what one leaves is gone without
    # the collector: at its usual pace, looking for garbage took an eighth of a run.
    gc.set_threshold(50_000)
    forbid_network()
    try:
        from hypothesis import settings
    except ModuleNotFoundError:  # on a JVM and on the phone's Python there are no random examples
        return
    # How long an example takes depends on what else the machine does.
    settings.register_profile("tapak", deadline=None)
    settings.load_profile("tapak")
    if ASKED_FOR in os.environ and not hasattr(config, "workerinput"):
        _recorders.append(Recorder())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        kind = item.path.relative_to(_TESTS).parts[0]
        if kind in _KINDS:
            item.add_marker(kind)
        say_on_which_database(item)
    if "TAPAK_FAULT_EXAMPLES" not in os.environ:
        _leave_out_the_longest(config, items)
    if hasattr(config, "workerinput"):
        _put_long_files_first(items)


def _leave_out_the_longest(config: pytest.Config, items: list[pytest.Item]) -> None:
    longest = [item for item in items if item.get_closest_marker("longest") is not None]
    if longest:
        config.hook.pytest_deselected(items=longest)
        items[:] = [item for item in items if item not in longest]


def _put_long_files_first(items: list[pytest.Item]) -> None:
    """Let no process begin a long file when the others are done: each file is one's from the first
    test to the last.
    """  # noqa: D205 - the second sentence belongs to the first
    tests_of = Counter(item.path for item in items)

    def rank(item: pytest.Item) -> tuple[int, int]:
        path = item.path.relative_to(_TESTS).as_posix()
        place = next((n for n, part in enumerate(_LONG) if path.startswith(part)), len(_LONG))
        return place, -tests_of[item.path]

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where nobody looks at skipped tests, a skipped test is a failed one."""
    report = yield
    if report.skipped and os.environ.get("CI") and not _may_skip(item):
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as failed here: {report.longrepr}"
    return report


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for recorder in _recorders:
        recorder.note(report)


def pytest_sessionfinish() -> None:
    for recorder in _recorders:
        recorder.keep()


def _may_skip(item: pytest.Item) -> bool:
    is_reference = item.get_closest_marker("reference") is not None
    return is_reference and not os.environ.get("TAPAK_REFERENCE_DATA")


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Postgres]":
    """Give a PostgreSQL server."""
    from tests.support.postgres import running_postgres

    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> "SqliteTemplate":
    """Return a migrated SQLite database to copy."""
    from tests.support.databases import SqliteTemplate

    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_template(
    postgres: "Postgres", tmp_path_factory: pytest.TempPathFactory
) -> "PostgresTemplate":
    """Return a migrated PostgreSQL database to copy."""
    from tests.support.databases import PostgresTemplate

    return PostgresTemplate(postgres, tmp_path_factory.mktemp("postgres"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a migrated, empty database of its own; each test runs on both kinds."""
    # Looked up by name, so that a test on SQLite alone starts no PostgreSQL.
    name = "sqlite_template" if request.param == "sqlite" else "postgres_template"
    template: SqliteTemplate | PostgresTemplate = request.getfixturevalue(name)
    with template.copy(tmp_path) as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> "Settings":
    """Return settings for that database, without a Redis."""
    from server.platform.settings import Settings

    return Settings(data=tmp_path, database_url=database_url, secret_key="only for tests")


@pytest.fixture
def app(settings: "Settings") -> "Iterator[Flask]":
    """Give the application. Push `app.app_context()` where a test needs one."""
    from tests.support.application import running_app

    with running_app(settings) as app:
        app.testing = True
        yield app


@pytest.fixture
def client(app: "Flask") -> "FlaskClient":
    """Return a client of the application, without a network."""
    return app.test_client()


@pytest.fixture
def redis_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give an empty Redis, for which this process waits: the machine may do much else."""
    from server.platform import queues
    from server.platform.redis_server import running_redis

    monkeypatch.setattr(queues, "_CONNECT_WITHIN_S", 60.0)
    monkeypatch.setattr(queues, "_ANSWER_WITHIN_S", 60.0)
    with running_redis(tmp_path / "redis") as url:
        yield url


@pytest.fixture
def tapak(database_url: str, tmp_path: Path) -> "Iterator[RunningTapak]":
    """Give a whole server: web, worker and scheduler as processes, with a Redis of their own."""
    from tests.support.tapak import running_tapak

    with running_tapak(tmp_path / "data", database_url=database_url) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Give a headless Chromium."""
    from tests.support.browser import running_browser

    with running_browser() as running:
        yield running


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """Give a browser page with no cookies and no memory, on which colours change at once."""
    with browser.new_context(reduced_motion="reduce") as context:
        yield context.new_page()
