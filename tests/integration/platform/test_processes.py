"""Children end with their parent, however it ends."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.tapak import wait_until

_PARENT = """
import time
from pathlib import Path
from server.platform.redis_server import RedisServer

server = RedisServer(Path({folder!r}))
print(server.start().pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_the_embedded_redis_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT.format(folder=str(tmp_path))], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        redis_pid = int(parent.stdout.readline())
        assert psutil.pid_exists(redis_pid)

        parent.send_signal(signal.SIGKILL)
        parent.wait()

    wait_until(lambda: not psutil.pid_exists(redis_pid))
