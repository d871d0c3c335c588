"""The worker, which runs jobs, and the scheduler, which sees to it that none is forgotten.

`python -m server.worker work` may run many times, `python -m server.worker schedule` once. Only the
worker has use for the whole application: the scheduler, and each check of health, starts without
it in a quarter of the time.
"""

import gc
import logging
import os
import signal
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import click
import redis
from flask import Flask
from rq import Queue, Worker
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import exists, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import configure_mappers

from server.metrics.models import StaleDay
from server.platform.database import database_config, db
from server.platform.processes import die_with_parent
from server.platform.queues import (
    REFRESH_ROLLUPS,
    SCHEDULER_SIGN,
    QueueNames,
    connect,
    connect_impatiently,
    enqueue_once,
    open_queue,
)
from server.platform.settings import Settings

logger = logging.getLogger(__name__)

# Seconds. A killed worker's job is given to another after the first plus ten.
_MONITORING_INTERVAL_S = 5
_WORKER_TTL_S = 30
_SWEEP_INTERVAL_S = 1.0
_REAP_INTERVAL_S = 5.0
_SCHEDULER_TTL_S = 30


class TapakWorker(Worker):
    """Notices within 15 seconds, not 90, that a worker was killed with its job."""

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:  # noqa: ARG002
        """Return for how many seconds a running job counts as alive after its last sign."""
        return int(self.job_monitoring_interval) + 10

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Run the job in a child that ends with this worker, else it could run twice."""
        die_with_parent(self.pid or os.getppid(), signal.SIGKILL)
        super().main_work_horse(job, queue)


@dataclass
class Periodic:
    """A job without arguments, run when the scheduler starts and then at this interval.

    It may run twice or late, so it must be one that can be repeated.
    """

    job: str
    every_s: float
    _due: float = field(default=0.0, init=False)

    def is_due(self, now_s: float) -> bool:
        """Return whether it should run now, and if so, when next."""
        if now_s < self._due:
            return False
        self._due = now_s + self.every_s
        return True


PERIODIC: list[Periodic] = [
    # Numbers that a bug, or a hand in the database, has made differ from the raw rows.
    Periodic("server.metrics.jobs.heal_rollups", every_s=24 * 3600.0),
    # Public holidays of the years around now, as the installed calendar knows them.
    Periodic("server.calendar.jobs.fill_holidays", every_s=24 * 3600.0),
    # What customers will buy: a day's deals change it little.
    Periodic("server.lifetime.jobs.fit_lifetime_values", every_s=24 * 3600.0),
    # What came for a customer while it was merged into another.
    Periodic("server.merges.jobs.move_late_rows", every_s=60.0),
    # Asked-for imports whose nudge was lost, or whose worker was killed.
    Periodic("server.imports.jobs.run_waiting_imports", every_s=30.0),
    Periodic("server.imports.jobs.take_back_imports", every_s=30.0),
    # Rows of which an upgrade says more than the phones have heard.
    Periodic("server.sync.jobs.announce", every_s=60.0),
    # Midnight where a rep is: what the day before let the phone see, and what is old, leaves it.
    Periodic("server.sync.jobs.follow_days", every_s=60.0),
    # Rows that were written past the feed, and would never reach a phone.
    Periodic("server.sync.jobs.check_feed", every_s=24 * 3600.0),
    Periodic("server.sync.jobs.check_chains", every_s=24 * 3600.0),
    Periodic("server.sync.jobs.forget_old_news", every_s=24 * 3600.0),
    # Tracks and positions older than the setting allows.
    Periodic("server.sync.jobs.forget_old_tracks", every_s=24 * 3600.0),
    # Small pictures whose nudge was lost.
    Periodic("server.photos.jobs.make_thumbnails", every_s=30.0),
    # Photos that belong to nothing.
    Periodic("server.photos.jobs.remove_orphans", every_s=24 * 3600.0),
    # What managers want to be told of.
    Periodic("server.alerts.jobs.raise_alerts", every_s=60.0),
    # Alerts that did not get to where people want them, and are due again.
    Periodic("server.alerts.jobs.send_alerts", every_s=30.0),
    # Reps whose numbers were counted anew, or will be: at midnight all of them.
    Periodic("server.figures.jobs.tell_reps", every_s=30.0),
    # Days whose evidence changed; nobody waits for a signal.
    Periodic("server.signals.jobs.raise_signals", every_s=30.0),
]


@click.group()
def main() -> None:
    """Run jobs."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")


@main.command()
def work() -> None:
    """Run jobs as they come, each in a child process."""
    # What is imported stays: looking through it for garbage takes a sixth of the start meanwhile,
    # and afterwards each child would copy the memory that it looks through.
    gc.disable()
    from server.app import create_app  # noqa: PLC0415 - not what the others wait for

    settings = _settings()
    app = create_app(settings)
    # Else each child does it, for its one job.
    configure_mappers()
    gc.enable()
    gc.freeze()
    client = connect(settings.redis_url)
    queues = [open_queue(name, client) for name in QueueNames.ALL]
    worker = TapakWorker(
        queues,
        connection=client,
        serializer=JSONSerializer,
        job_monitoring_interval=_MONITORING_INTERVAL_S,
        worker_ttl=_WORKER_TTL_S,
    )
    # Inherited by the children. Nothing here may touch the database: a connection must not be
    # shared over a fork.
    with app.app_context():
        worker.work(logging_level="WARNING")


@main.command()
def schedule() -> None:
    """Wake workers for work that is due or was forgotten. Run exactly one."""
    settings = _settings()
    app = Flask(__name__)
    app.config.update(database_config(settings))
    db.init_app(app)
    client = connect_impatiently(settings.redis_url)
    queues = {name: open_queue(name, client) for name in QueueNames.ALL}
    reap = Periodic("reap", _REAP_INTERVAL_S)
    while True:
        try:
            client.set(SCHEDULER_SIGN, socket.gethostname(), ex=_SCHEDULER_TTL_S)
            if reap.is_due(time.monotonic()):
                reap_killed_jobs(queues.values())
            enqueue_periodic(queues[QueueNames.PERIODIC])
            sweep(app, queues[QueueNames.ROLLUPS])
        except (redis.RedisError, OperationalError) as error:
            logger.warning("cannot reach Redis or the database, trying again: %s", error)
        time.sleep(_SWEEP_INTERVAL_S)


@main.command()
@click.argument("role", type=click.Choice(["worker", "scheduler"]))
def check(role: str) -> None:
    """Exit with 0 if this machine's worker or scheduler gave a sign of life lately."""
    client = connect_impatiently(_settings().redis_url)
    try:
        if role == "scheduler":
            sign = client.get(SCHEDULER_SIGN)
            hosts = {sign.decode()} if isinstance(sign, bytes) else set()
        else:
            workers = Worker.all(connection=client, serializer=JSONSerializer)
            hosts = {worker.hostname for worker in workers if worker.hostname}
    except redis.RedisError as error:
        raise click.ClickException(f"Redis does not answer: {error}") from error
    if socket.gethostname() not in hosts:
        raise click.ClickException(f"no {role} of this machine gives a sign of life")


def sweep(app: Flask, queue: Queue) -> None:
    """Wake a worker if days wait to be rebuilt."""
    with app.app_context():
        stale = db.session.scalar(select(exists(select(StaleDay.rep_id))))
    if stale:
        enqueue_once(REFRESH_ROLLUPS, queue)


def reap_killed_jobs(queues: Iterable[Queue]) -> None:
    """Note jobs as failed whose worker gives no more sign of life."""
    for queue in queues:
        StartedJobRegistry(queue=queue).cleanup()


def enqueue_periodic(queue: Queue) -> None:
    now_s = time.monotonic()
    for periodic in PERIODIC:
        if periodic.is_due(now_s):
            enqueue_once(periodic.job, queue)


def _settings() -> Settings:
    settings = Settings.from_environment()
    if not settings.redis_url:
        raise click.UsageError("Set TAPAK_REDIS_URL: the queues are in Redis.")
    return settings


if __name__ == "__main__":
    main()
