"""An X server without a screen, for the phone's own window."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

_SIZE = "500x1000x24"


@contextmanager
def running_xvfb(size: str = _SIZE) -> Iterator[str]:
    """
    Give the name of a display, as `:7`; the server picks a free number by itself.

    :raises OSError: if Xvfb is not installed
    """
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=(write_end,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as told:
            number = told.readline().strip()
        if not number:
            raise OSError("Xvfb did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(timeout=60)
