"""One command runs everything, heals what dies, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from server.platform.redis_server import free_port
from tests.support.databases import mostly_on
from tests.support.tapak import RunningTapak, is_healthy, wait_until

ROOT = Path(__file__).parents[3]
PARTS = ("granian", "server.worker work", "server.worker schedule", "valkey-server")


def serve(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server.cli", "serve"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def family(tapak: RunningTapak) -> list[psutil.Process]:
    parent = psutil.Process(tapak.process.pid)
    return [parent, *parent.children(recursive=True)]


def none_runs(processes: list[psutil.Process]) -> bool:
    return not any(
        process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes
    )


@mostly_on("sqlite")
def test_everything_runs_once_in_a_folder_and_ctrl_c_stops_it_cleanly(tapak: RunningTapak) -> None:
    assert is_healthy(tapak.url)
    assert all(tapak.processes(part) for part in PARTS)
    processes = family(tapak)

    answer = serve({"TAPAK_PORT": str(free_port()), "TAPAK_DATA": str(tapak.data)})

    assert answer.returncode == 3
    [line] = answer.stderr.splitlines()
    assert line.startswith("Error: Another Tapak is running on the folder")
    assert "TAPAK_DATA=" in line

    tapak.process.send_signal(signal.SIGINT)

    assert tapak.process.wait(timeout=60) == 0
    wait_until(lambda: none_runs(processes))
    assert "Traceback" not in tapak.log.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
@pytest.mark.timeout(600)
@mostly_on("sqlite")
def test_whatever_dies_is_started_again_and_nothing_outlives_the_parent(
    tapak: RunningTapak,
) -> None:
    for part in PARTS:
        killed = tapak.processes(part)
        assert killed, part

        for process in killed:
            process.kill()

        def are_all_there(gone: frozenset[psutil.Process] = frozenset(killed)) -> bool:
            return all(set(tapak.processes(name)) - gone for name in PARTS)

        wait_until(are_all_there, what=lambda: f"all after {part}")  # noqa: B023
        wait_until(lambda: is_healthy(tapak.url))
    processes = family(tapak)

    tapak.process.kill()
    tapak.process.wait()

    wait_until(lambda: none_runs(processes))


def test_a_port_in_use_is_one_sentence_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        answer = serve({"TAPAK_PORT": str(port), "TAPAK_DATA": str(tmp_path)})

    assert answer.returncode == 3
    assert answer.stderr == (
        f"Error: Port {port} is in use. Run:  TAPAK_PORT={port + 10} ./run demo\n"
    )
