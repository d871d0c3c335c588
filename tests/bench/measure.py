"""Measuring processes from outside: CPU time, the most memory they held, bytes on the wire."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import urllib3

from mobile.sync.connections import PatientConnection

_RESET_PEAK = "5"
_KIB = 1024


@dataclass
class Usage:
    """What happened between two moments."""

    seconds: float = 0.0
    server_cpu_s: float = 0.0
    client_cpu_s: float = 0.0
    server_before_bytes: int = 0
    """Resident memory of the first server and its children; also at its most, and afterwards."""
    server_peak_bytes: int = 0
    server_after_bytes: int = 0
    client_growth_bytes: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0


class CountingPool(urllib3.PoolManager):
    """Counts the bytes that go over the wire, HTTP's own included."""

    def __init__(self) -> None:
        super().__init__(num_pools=1, retries=False)
        self.sent_bytes = self.received_bytes = 0
        self.began: list[tuple[str, float]] = []
        """Each request's address, and when it began."""
        pool = self

        class Connection(PatientConnection):
            def send(self, data: Any) -> None:
                pool.sent_bytes += len(data)
                super().send(data)

        class Pool(urllib3.HTTPConnectionPool):
            ConnectionCls = Connection

        self.pool_classes_by_scheme = {"http": Pool}

    def request(  # type: ignore[override]
        self, method: str, url: str, **options: Any
    ) -> urllib3.BaseHTTPResponse:
        """Exchange a request for a response."""
        self.began.append((url, time.perf_counter()))
        response = super().request(method, url, **options)
        head = sum(len(name) + len(value) + 4 for name, value in response.headers.items())
        status_line = len("HTTP/1.1 200 OK\r\n\r\n")
        self.received_bytes += response.tell() + head + status_line
        return response


@contextmanager
def measured(
    servers: Sequence[psutil.Process], pool: CountingPool | None = None
) -> Iterator[Usage]:
    """Fill in what the servers, with their children, and this process used meanwhile. Linux only.

    Postgres is a server as well; of the memory only the first server's is counted, because
    processes that share buffers cannot be added up.
    """
    usage = Usage()
    web = _family(servers[0])
    for process in web:
        _reset_peak(process.pid)
    _reset_peak("self")
    usage.server_before_bytes = sum(_status_bytes(process.pid, "VmRSS") for process in web)
    client_before = _status_bytes("self", "VmRSS")
    server_cpu, client_cpu = cpu_s(servers), time.process_time()
    sent, received = (pool.sent_bytes, pool.received_bytes) if pool else (0, 0)
    started = time.perf_counter()
    yield usage
    usage.seconds = time.perf_counter() - started
    usage.client_cpu_s = time.process_time() - client_cpu
    usage.server_cpu_s = cpu_s(servers) - server_cpu
    usage.server_peak_bytes = sum(_status_bytes(process.pid, "VmHWM") for process in web)
    usage.server_after_bytes = sum(_status_bytes(process.pid, "VmRSS") for process in web)
    usage.client_growth_bytes = _status_bytes("self", "VmHWM") - client_before
    if pool:
        usage.sent_bytes = pool.sent_bytes - sent
        usage.received_bytes = pool.received_bytes - received


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def cpu_s(servers: Sequence[psutil.Process]) -> float:
    """Return what these processes and their children, also those that ended, have used so far."""
    seconds = 0.0
    for server in servers:
        for member in _family(server):
            with suppress(psutil.NoSuchProcess):  # it ended since it was listed
                times = member.cpu_times()
                seconds += times.user + times.system
        ended = server.cpu_times()
        seconds += ended.children_user + ended.children_system
    return seconds


def _reset_peak(pid: int | str) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK)


def _status_bytes(pid: int | str, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * _KIB
    raise LookupError(name)
