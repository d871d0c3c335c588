"""A whole Tapak server whose processes are forked from one that has imported everything.

To import the server takes each process of `./run serve` seconds; a fork takes a tenth of that. What
runs is the same: the worker with its queue in a Redis, the scheduler, commands as processes of
their own, and the WSGI application, here behind Werkzeug's server instead of granian.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from server.platform.redis_server import free_port, running_redis
from tests.support.tapak import is_healthy, wait_until

_PATIENCE_S = 180.0
_CONTEXT = multiprocessing.get_context("forkserver")
# What they and their jobs import, once for all servers of this run.
_CONTEXT.set_forkserver_preload(
    [
        *("server.cli", "server.worker", "server.lifetime.operations.fit", "werkzeug.serving"),
        *("holidays.countries.indonesia", __name__),
    ]
)


@dataclass(frozen=True)
class ForkedTapak:
    """A server that answers at `url` and keeps everything in `data`."""

    url: str
    data: Path
    environment: Mapping[str, str]

    def fork(self, run: Callable[..., None], *arguments: str) -> ForkServerProcess:
        """Start a process that writes into the server's log."""
        return _fork(run, self.environment, self.data / "server.log", *arguments)


def run_command(environment: Mapping[str, str], log: Path, *arguments: str) -> str:
    """Run a command of the command line as a process; return what it printed."""
    log.unlink(missing_ok=True)
    process = _fork(_command, environment, log, *arguments)
    process.join()
    assert process.exitcode == 0, f"{arguments} failed:\n{log.read_text()}"
    return log.read_text()


def _fork(
    run: Callable[..., None], environment: Mapping[str, str], log: Path, *arguments: str
) -> ForkServerProcess:
    process = _CONTEXT.Process(target=_begin, args=(run, dict(environment), str(log), arguments))
    process.start()
    return process


@contextmanager
def forked_tapak(
    data: Path, *, database_url: str, settings: Mapping[str, str] | None = None
) -> Iterator[ForkedTapak]:
    """Start a server on a migrated database and wait until it is ready; stop it afterwards.

    :param settings: more environment variables, such as TAPAK_REPORTING_CURRENCY
    """
    port = free_port()
    with running_redis(data / "redis") as redis_url:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TAPAK_")},
            "TAPAK_DATA": str(data),
            "TAPAK_DATABASE_URL": database_url,
            "TAPAK_REDIS_URL": redis_url,
            **(settings or {}),
        }
        tapak = ForkedTapak(f"http://127.0.0.1:{port}", data, environment)
        log = data / "server.log"
        processes = [
            tapak.fork(_serve, str(port)),
            *(tapak.fork(_worker, command) for command in ("work", "schedule")),
        ]

        def is_ready() -> bool:
            assert all(process.is_alive() for process in processes), log.read_text()
            return is_healthy(tapak.url)

        try:
            wait_until(is_ready, timeout_s=_PATIENCE_S, what=log.read_text)
            yield tapak
        finally:
            for process in reversed(processes):
                process.terminate()
            for process in processes:
                process.join(20.0)
                process.kill()


def _begin(
    run: Callable[..., None], environment: dict[str, str], log: str, arguments: tuple[str, ...]
) -> None:
    from server.platform.processes import die_with_parent

    die_with_parent(os.getppid())
    os.environ.clear()
    os.environ.update(environment)
    with Path(log).open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    run(*arguments)
    sys.stdout.flush()


def _serve(port: str) -> None:
    from werkzeug.serving import make_server

    from server.wsgi import app

    make_server("127.0.0.1", int(port), app, threaded=True).serve_forever()


def _worker(command: str) -> None:
    from server.worker import main

    main([command])


def _command(*arguments: str) -> None:
    from server.cli import main

    main(arguments)
