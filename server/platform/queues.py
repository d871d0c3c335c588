"""The job queues: their names, and the nudge that wakes a worker.

A nudge carries no news. What is to be done stands in the database, so that a nudge may be lost
or doubled: the scheduler looks every second for work that nobody was woken for.
"""

import datetime as dt
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import redis
from flask import current_app
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from server.platform.settings import current_settings

logger = logging.getLogger(__name__)

_EXTENSION = "tapak_redis"
_REST_AFTER_FAILURE_S = 5.0
# How long who has better things to do waits for Redis.
_CONNECT_WITHIN_S, _ANSWER_WITHIN_S = 0.5, 1.0


REFRESH_ROLLUPS: Final = "server.metrics.jobs.refresh_rollups"
"""The job that counts days again of which rows have changed."""


class QueueNames:
    """Every queue there is, most urgent first: a worker empties them in this order."""

    ROLLUPS: Final = "rollups"
    PERIODIC: Final = "periodic"

    ALL: Final = (ROLLUPS, PERIODIC)


class _Connection:
    """A client of Redis that does not ask again for a while after it got no answer."""

    def __init__(self, url: str) -> None:
        self.client = connect_impatiently(url)
        self.resting_until = 0.0


def connect(url: str) -> redis.Redis:
    """Return a client that tries again for some seconds; it connects when first used."""
    return redis.Redis.from_url(url, socket_connect_timeout=5.0)


def connect_impatiently(url: str) -> redis.Redis:
    """Return a client that gives up at once, for those who have better things to do."""
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=_CONNECT_WITHIN_S,
        socket_timeout=_ANSWER_WITHIN_S,
        retry=Retry(NoBackoff(), 0),
    )


def open_queue(name: str, client: redis.Redis) -> Queue:
    """Return a queue whose jobs are JSON: ids and dates, never pickled objects."""
    return Queue(name, connection=client, serializer=JSONSerializer)


def nudge(job: str, *, queue: str) -> None:
    """Wake a worker for a job without arguments, given as `package.module.function`.

    Call it after the commit. Never raises: when Redis is down, the scheduler finds the work later.
    """
    with shared_client() as client:
        if client is not None:
            enqueue_once(job, open_queue(queue, client))


@contextmanager
def shared_client() -> Iterator[redis.Redis | None]:
    """Give the application's client, or None where there is none or it did not answer lately.

    What fails inside is logged and forgotten: only for what may be lost.
    """
    connection = _connection()
    if connection is None or time.monotonic() < connection.resting_until:
        yield None
        return
    try:
        yield connection.client
    except redis.RedisError:
        connection.resting_until = time.monotonic() + _REST_AFTER_FAILURE_S
        logger.warning("nudge or news lost, Redis does not answer")


def enqueue_once(job: str, queue: Queue) -> bool:
    """Queue the job unless one is waiting; return whether it was queued.

    A waiting job starts later than whatever was committed before this call, so it sees it. A
    running one may not, so it does not count.
    """
    if job in {waiting.func_name for waiting in queue.get_jobs(0, 20)}:
        return False
    queue.enqueue(job, result_ttl=0, failure_ttl=3600, job_timeout=600)
    return True


SCHEDULER_SIGN: Final = "tapak:scheduler"
"""Key that the scheduler keeps alive."""
_DONE = "tapak:done"


def note_done(job: str, at: dt.datetime) -> None:
    """Note when a job that runs now and then was last done; lost with Redis, and no loss."""
    with shared_client() as client:
        if client is not None:
            client.hset(_DONE, job, at.isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """How the queues stand."""

    waiting: dict[str, int]
    """Jobs that wait, by queue."""
    failed: int
    """Jobs that failed within the last hour."""
    workers: int
    """Workers that gave a sign of life lately."""
    scheduler: str
    """The machine of the scheduler; empty when it gives no sign of life."""
    done: dict[str, dt.datetime]
    """When jobs that `note_done` were last done."""


def queue_state() -> QueueState | None:
    """Return how the queues stand; None when Redis does not answer, or there is none."""
    state = None
    with shared_client() as client:
        if client is not None:
            queues = [open_queue(name, client) for name in QueueNames.ALL]
            sign: Any = client.get(SCHEDULER_SIGN)
            done: Any = client.hgetall(_DONE)
            state = QueueState(
                waiting={queue.name: queue.count for queue in queues},
                failed=sum(queue.failed_job_registry.count for queue in queues),
                workers=Worker.count(connection=client),
                scheduler=sign.decode() if isinstance(sign, bytes) else "",
                done={
                    job.decode(): dt.datetime.fromisoformat(at.decode()) for job, at in done.items()
                },
            )
    return state


def redis_is_down() -> bool:
    """Return whether there should be a Redis and it does not answer; asked again after a rest."""
    connection = _connection()
    if connection is None:
        return False
    if time.monotonic() < connection.resting_until:
        return True
    try:
        connection.client.ping()
    except redis.RedisError:
        connection.resting_until = time.monotonic() + _REST_AFTER_FAILURE_S
        return True
    return False


def _connection() -> _Connection | None:
    """Return the application's connection, made when first asked for; None without a Redis."""
    url = current_settings().redis_url
    if not url:
        return None
    connection: _Connection = current_app.extensions.setdefault(_EXTENSION, _Connection(url))
    return connection
