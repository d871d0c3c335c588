"""Child processes that never outlive the one that started them; memory that threads share."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_M_ARENA_MAX = -8
_ARENAS = 2


def die_with_parent(parent_pid: int, sent: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel signal this process when the thread that started it ends, even by kill -9.

    Only Linux can do this; elsewhere a killed parent leaves its children to their own checks.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(sent))
    if os.getppid() != parent_pid:  # it ended before the kernel was told
        os._exit(1)


def share_freed_memory() -> None:
    """Let the threads of this process use again what another of them has freed.

    glibc gives threads a heap each, up to eight for each core, and every heap keeps as much as the
    largest answer made in it took. Only glibc knows this; elsewhere nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)


def spawn(
    arguments: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    stdin: int | None = subprocess.DEVNULL,
    stdout: int | None = None,
    stderr: int | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C reaches only the parent."""
    return subprocess.Popen(
        arguments,
        env=environment,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=cwd,
        start_new_session=True,
        # Unsafe with other threads running, of which the callers have none at this time.
        preexec_fn=_prepare_child(os.getpid()),  # noqa: PLW1509
    )


def stop(*processes: subprocess.Popen[bytes], patience_s: float = 10.0) -> None:
    """Ask the processes to end, wait for all, and kill what is left of their sessions."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + patience_s
    for process in processes:
        try:
            process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        kill_session(process)


def kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kill the children that an ended process left behind in its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _prepare_child(parent_pid: int) -> Callable[[], None]:
    # Everything the child needs between fork and exec is looked up before the fork.
    def prepare() -> None:
        die_with_parent(parent_pid)

    return prepare
