"""A nudge wakes a worker, never piles up, and never disturbs who sends it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from server.platform import queues
from server.platform.queues import QueueNames, connect_impatiently, nudge, open_queue
from server.platform.redis_server import free_port
from server.platform.settings import Settings

JOB = "server.metrics.jobs.refresh_rollups"


@pytest.fixture
def app_with_redis(redis_url: str) -> Iterator[Flask]:
    app = Flask("test")
    app.extensions["settings"] = replace(Settings(), redis_url=redis_url)
    with app.app_context():
        yield app


def test_many_nudges_make_one_waiting_job(app_with_redis: Flask, redis_url: str) -> None:
    assert app_with_redis.extensions["settings"].redis_url == redis_url

    for _ in range(50):
        nudge(JOB, queue=QueueNames.ROLLUPS)

    with connect_impatiently(redis_url) as client:
        [job] = open_queue(QueueNames.ROLLUPS, client).get_jobs()
        assert job.func_name == JOB


def test_jobs_of_another_kind_do_not_keep_one_out(app_with_redis: Flask, redis_url: str) -> None:
    assert app_with_redis.extensions["settings"].redis_url == redis_url

    nudge("server.metrics.jobs.another", queue=QueueNames.ROLLUPS)
    nudge(JOB, queue=QueueNames.ROLLUPS)

    with connect_impatiently(redis_url) as client:
        assert len(open_queue(QueueNames.ROLLUPS, client).get_jobs()) == 2


def test_without_a_redis_the_first_nudge_tries_and_the_others_do_not(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(queues, "_REST_AFTER_FAILURE_S", 3600.0)
    app = Flask("test")
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    app.extensions["settings"] = replace(Settings(), redis_url=nobody)

    with app.app_context():
        for _ in range(200):
            nudge(JOB, queue=QueueNames.ROLLUPS)

    assert [record.message for record in caplog.records] == [
        "nudge or news lost, Redis does not answer"
    ]
