"""A whole Tapak server as processes, the way `./run serve` starts it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import urllib3

from server.platform.processes import spawn, stop
from server.platform.redis_server import free_port

_ROOT = Path(__file__).parents[2]
_START_TIMEOUT_S = 180.0
_PATIENCE_S = 60.0
"""How long something may take on a machine that does much else."""


@dataclass(frozen=True)
class RunningTapak:
    """A server that answers at `url` and keeps everything in `data`."""

    url: str
    data: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    def cli(self, *arguments: str) -> str:
        """Run a command of the server's command line; return what it printed."""
        command = [sys.executable, "-m", "server.cli", *arguments]
        done = subprocess.run(
            command, cwd=_ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{arguments} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def processes(self, words: str) -> list[psutil.Process]:
        """Return the server's processes whose command line contains the words.

        "granian", "server.worker work", "server.worker schedule" or "valkey-server".
        """
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if words in _command_line(child)]


@contextmanager
def running_tapak(
    data: Path,
    *,
    database_url: str = "",
    command: tuple[str, ...] = ("serve",),
    settings: Mapping[str, str] | None = None,
) -> Iterator[RunningTapak]:
    """Start a server on a free port and wait until it is ready; stop it afterwards.

    :param settings: more environment variables, such as TAPAK_REPORTING_CURRENCY
    """
    data.mkdir(parents=True, exist_ok=True)
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TAPAK_")},
        "PYTHONPATH": str(_ROOT),
        "PYTHONUNBUFFERED": "1",
        "TAPAK_PORT": str(port),
        "TAPAK_DATA": str(data),
        "TAPAK_DATABASE_URL": database_url,
        **(settings or {}),
    }
    log = data / "server.log"
    with log.open("w") as output:
        process = spawn(
            [sys.executable, "-m", "server.cli", *command],
            environment=environment,
            cwd=_ROOT,
            stdout=output.fileno(),
            stderr=subprocess.STDOUT,
        )
    running = RunningTapak(f"http://127.0.0.1:{port}", data, environment, process, log)
    try:
        wait_until(
            lambda: "Tapak is ready" in log.read_text() or process.poll() is not None,
            timeout_s=_START_TIMEOUT_S,
            what=lambda: f"the server to start; it said:\n{log.read_text()}",
        )
        assert process.poll() is None, f"the server ended:\n{log.read_text()}"
        yield running
    finally:
        stop(process, patience_s=20.0)


def wait_until(
    condition: Callable[[], bool],
    *,
    timeout_s: float = _PATIENCE_S,
    every_s: float = 0.05,
    what: Callable[[], str] = lambda: "a condition",
) -> None:
    """Look again and again until the condition holds; fail after the time is over."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s} s for {what()}"
        time.sleep(every_s)


def is_healthy(url: str) -> bool:
    """Return whether a server answers /healthz with 200."""
    try:
        answer = urllib3.request("GET", f"{url}/healthz", retries=False, timeout=5.0)
    except urllib3.exceptions.HTTPError:
        return False
    return answer.status == 200


def _command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
