"""Threads use the memory again that another of them has freed."""

import subprocess
import sys

# In a process of its own: what is set stays, and heaps that are there stay too.
_HEAPS_OF_THIRTY_THREADS = """
import ctypes, threading
from server.platform.processes import share_freed_memory
share_freed_memory()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
together = threading.Barrier(30)

def take():
    together.wait()
    library.malloc(100_000)
    together.wait()

threads = [threading.Thread(target=take) for _ in range(30)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
library.fopen.restype = ctypes.c_void_p
stream = ctypes.c_void_p(library.fopen(b"/dev/stdout", b"w"))
library.malloc_info(0, stream)
library.fclose(stream)
"""


def test_many_threads_share_two_heaps() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _HEAPS_OF_THIRTY_THREADS], capture_output=True, text=True, check=True
    )
    assert 0 < told.stdout.count("<heap nr=") <= 2
