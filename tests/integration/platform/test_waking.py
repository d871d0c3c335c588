"""A request that changes facts wakes a worker; one that changes nothing does not."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.platform.events import mark_days
from server.platform.queues import QueueNames, connect_impatiently, open_queue
from server.platform.settings import Settings
from server.platform.transaction import transaction
from tests.factories.company import Company
from tests.support.application import running_app
from tests.support.tapak import wait_until


@pytest.fixture
def app(settings: Settings, redis_url: str) -> Iterator[Flask]:
    with running_app(replace(settings, redis_url=redis_url)) as app:
        yield app


@pytest.fixture
def waking_client(app: Flask, company: Company) -> FlaskClient:
    """Return a client of an application with one more address, which changes a fact."""

    @app.get("/change")
    def change() -> str:
        with transaction():
            mark_days(company.sari, {dt.date(2026, 3, 2)})
        return "changed"

    return app.test_client()


def waiting_jobs(redis_url: str) -> list[str | None]:
    with connect_impatiently(redis_url) as client:
        return [job.func_name for job in open_queue(QueueNames.ROLLUPS, client).get_jobs()]


def test_a_changed_fact_wakes_a_worker(waking_client: FlaskClient, redis_url: str) -> None:
    for _ in range(3):
        assert waking_client.get("/change").status_code == 200

    wait_until(lambda: waiting_jobs(redis_url) == ["server.metrics.jobs.refresh_rollups"])


def test_an_unchanged_one_does_not(waking_client: FlaskClient, redis_url: str) -> None:
    assert waking_client.get("/healthz").status_code == 200

    assert waiting_jobs(redis_url) == []
