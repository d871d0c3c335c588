"""The embedded Redis starts, keeps strangers out, and replaces a leftover of itself."""

from pathlib import Path

import pytest
import redis

from server.platform.queues import connect_impatiently
from server.platform.redis_server import RedisServer, running_redis


def test_it_answers_who_knows_the_password(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set("visit", "counted")

        assert client.get("visit") == b"counted"


def test_it_refuses_who_does_not(redis_url: str) -> None:
    _, at, address = redis_url.rpartition("@")
    assert at

    with (
        connect_impatiently(f"redis://{address}") as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.get("visit")


def test_a_server_left_over_in_the_folder_is_ended(tmp_path: Path) -> None:
    leftover = RedisServer(tmp_path)
    process = leftover.start()

    with running_redis(tmp_path) as url, redis.Redis.from_url(url) as client:
        assert client.ping()
        assert process.wait(timeout=60) == 0


def test_one_that_answers_late_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ping, late = redis.Redis.ping, [redis.TimeoutError("late")]

    def answer_late(client: redis.Redis) -> object:
        if late:
            raise late.pop()
        return ping(client)

    monkeypatch.setattr(redis.Redis, "ping", answer_late)

    with running_redis(tmp_path) as url, redis.Redis.from_url(url) as client:
        assert client.ping()


def test_another_start_of_the_same_server_keeps_its_address(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    url = server.url
    first = server.start()
    first.kill()
    first.wait()

    server.start()

    try:
        with redis.Redis.from_url(url) as client:
            assert client.ping()
    finally:
        server.stop()
