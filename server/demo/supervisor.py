"""Runs all of Tapak on one machine: Redis, web server, worker and scheduler, until told to stop."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import IO

import click

from server.platform.processes import kill_session, spawn, stop
from server.platform.redis_server import RedisServer, RedisServerError
from server.platform.settings import Settings

_WATCH_INTERVAL_S = 0.2
_HEALTH_TIMEOUT_S = 60.0
_LONGEST_PAUSE_S = 10.0
_STEADY_AFTER_S = 30.0
# One for each page that is kept fresh (MOST_PAGES), and those that work (REQUESTS_AT_ONCE). The
# server starts them when they are needed.
_BLOCKING_THREADS = 255


class CannotStartError(click.ClickException):
    """Something on this machine is in the way; the message says what to do."""

    exit_code = 3


@dataclass
class _Service:
    """A process that is started again when it ends by itself."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    started_at_s: float = 0.0
    failures: int = 0
    pause_until_s: float = 0.0

    def launch(self) -> None:
        self.process = self.start()
        self.started_at_s = time.monotonic()

    def watch(self) -> None:
        """Start the process again if it has ended; wait longer each time it ends quickly."""
        now_s = time.monotonic()
        if self.process is not None:
            if self.process.poll() is None:
                return
            kill_session(self.process)
            steady = now_s - self.started_at_s > _STEADY_AFTER_S
            self.failures = 0 if steady else self.failures + 1
            self.pause_until_s = now_s + min(2.0**self.failures / 4, _LONGEST_PAUSE_S)
            click.echo(
                f"{self.name} ended ({self.process.returncode}), starting it again", err=True
            )
            self.process = None
        if now_s >= self.pause_until_s:
            try:
                self.launch()
            except RedisServerError as error:
                self.failures += 1
                self.pause_until_s = now_s + _LONGEST_PAUSE_S
                click.echo(str(error), err=True)


@dataclass
class Supervisor:
    """Starts the processes in order, keeps them alive, stops them in the opposite order."""

    settings: Settings
    _services: list[_Service] = field(default_factory=list)
    _embedded_redis: RedisServer | None = None

    def start_all(self) -> None:
        """Start Redis, web server, worker and scheduler; wait until the web server answers.

        :raises CannotStartError: if Redis does not start, or the web server not within a minute
        """
        self._start_redis()
        self._add_python("web", web_arguments(self.settings))
        for name, command in (("worker", "work"), ("scheduler", "schedule")):
            self._add_python(name, ["-m", "server.worker", command])
        self._wait_for_web()

    def watch(self) -> None:
        """Start again what has ended."""
        for service in self._services:
            service.watch()

    def watch_until(self, done: Callable[[], bool]) -> None:
        """Keep the processes alive until the condition holds."""
        while not done():
            self.watch()
            time.sleep(_WATCH_INTERVAL_S)

    def stop(self) -> None:
        """Stop everything; Redis last, so that the others can say goodbye to it."""
        others = [service.process for service in self._services if service.name != "redis"]
        stop(*(process for process in others if process is not None))
        if self._embedded_redis is not None:
            self._embedded_redis.stop()

    def _start_redis(self) -> None:
        if self.settings.redis_url:
            return
        self._embedded_redis = RedisServer(self.settings.data.resolve() / "redis")
        self.settings = replace(self.settings, redis_url=self._embedded_redis.url)
        try:
            self._add("redis", self._embedded_redis.start)
        except RedisServerError as error:
            raise CannotStartError(str(error)) from error

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + _HEALTH_TIMEOUT_S
        while not _is_healthy(self.settings.port):
            if time.monotonic() > deadline:
                raise CannotStartError("The web server does not answer; see its lines above.")
            self.watch()
            time.sleep(0.1)

    def _add_python(self, name: str, arguments: list[str]) -> None:
        environment = {**os.environ, "TAPAK_REDIS_URL": self.settings.redis_url}
        self._add(name, lambda: spawn([sys.executable, *arguments], environment=environment))

    def _add(self, name: str, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        service = _Service(name, start)
        service.launch()
        self._services.append(service)


@contextmanager
def supervised(settings: Settings) -> Iterator[Supervisor]:
    """Hold the data folder and the port; stop all processes at the end, however it comes.

    :raises CannotStartError: if another Tapak uses the folder, or something the port
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    supervisor = Supervisor(settings)
    signal.signal(signal.SIGTERM, _end)
    # A shell starts what it runs in the background deaf to SIGINT, and Python leaves it so.
    signal.signal(signal.SIGINT, _end)
    with _folder_lock(settings.data):
        _require_free_port(settings.port)
        try:
            yield supervisor
        finally:
            supervisor.stop()


def run_until_interrupted(supervisor: Supervisor, *more: str) -> None:
    """Say that the server is ready, and these lines more; keep it alive until Ctrl-C."""
    click.echo(f"Tapak is ready at http://127.0.0.1:{supervisor.settings.port}")
    for line in more:
        click.echo(line)
    try:
        supervisor.watch_until(lambda: False)
    except KeyboardInterrupt:
        click.echo("Stopping")


def web_arguments(settings: Settings) -> list[str]:
    """Return the arguments of Python that serve the web application."""
    # SQLite lets one process write; waiting inside it is fair (server/platform/transaction.py).
    processes = 1 if settings.uses_sqlite else 2
    return [
        *("-m", "granian", "--interface", "wsgi"),
        *("--host", "127.0.0.1", "--port", str(settings.port)),
        *("--workers", str(processes), "--blocking-threads", str(_BLOCKING_THREADS)),
        # A worker process told to stop while it still starts would never hear of it.
        *("--workers-kill-timeout", "5"),
        *("--no-ws", "--log-level", "error"),
        "server.wsgi:app",
    ]


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _require_free_port(port: int) -> None:
    with socket.socket() as probe:
        # As the web server does: a port that only waits for old packets counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStartError(
                f"Port {port} is in use. Run:  TAPAK_PORT={port + 10} ./run demo"
            ) from error


@contextmanager
def _folder_lock(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        _take(lock, folder)
        yield


def _take(lock: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStartError(
            f"Another Tapak is running on the folder {folder}. Stop it with Ctrl-C, or run:  "
            f"TAPAK_DATA={folder}-2 TAPAK_PORT=8090 ./run demo"
        ) from error


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
